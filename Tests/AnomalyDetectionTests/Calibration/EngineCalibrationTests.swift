import AnomalyDetection
import RealModule
import TestSupport
import Testing

/// Whether scores say how rare normal readings are, on streams that go through the whole detector.
struct EngineCalibrationTests {
    private static let asked = [0.5, 0.1, 0.01, 0.001]

    /// What one stream's scores say by the calibration of the training and by that of the moment.
    private struct Shares {
        var trained: [Double]
        var live: [Double]

        init(_ rows: some Collection<DetectionOutput.Row>, _ model: StreamModel) {
            let sums = rows.filter { $0.score.isFinite }
            func shares(_ score: (DetectionOutput.Row) -> Float) -> [Double] {
                let scores = sums.map { Double(score($0)) }
                return asked.map { share in
                    Double(scores.count { $0 >= -Double.log10(share) }) / Double(max(1, scores.count))
                }
            }
            trained = shares { model.calibration.score($0.sum) }
            live = shares(\.score)
        }

        /// The mean distance of the shares' logarithms to what was asked, in powers of ten, down to one reading in a hundred.
        static func distance(_ shares: [Double]) -> Double {
            zip(shares, asked).prefix(3).reduce(0) { $0 + abs(Double.log10(max($1.0, 1e-4) / $1.1)) } / 3
        }
    }

    private func model(of history: TrainingHistory) throws -> StreamModel {
        try ModelFitter(settings: DetectorSettings(), training: .quick, seed: 1).fit(history)
    }

    /// The rows of readings after those that the model was fitted to.
    private func rows(
        of history: TrainingHistory, _ model: StreamModel, trainedReadings: Int, raisesAlerts: Bool = true
    ) -> [DetectionOutput.Row] {
        var settings = DetectorSettings()
        if !raisesAlerts { settings.holdReadings = 1_000_000 }
        // Nothing is trained here.
        settings.adaptAfter = nil
        let engine = DetectionEngine(settings: settings) { _ in [] }
        var output = DetectionOutput()
        engine.resume(
            StreamID(0), from: .scoringOnly(channelCount: history.channelCount),
            readings: history[max(0, trainedReadings - DetectionEngine.readingsToResume)..<trainedReadings],
            live: LiveModel(id: 1, model: model), scheduled: nil, into: &output)
        var rows: [DetectionOutput.Row] = []
        for start in stride(from: trainedReadings, to: history.count, by: 1_000) {
            output.removeAll()
            engine.ingest(
                ReadingBatch(history[start..<min(start + 1_000, history.count)]), into: &output)
            rows += output.rows
        }
        return rows
    }

    private func text(_ shares: [Double]) -> String {
        shares.map { "\(($0 * 1e5).rounded() / 1e5)" }.joined(separator: " ")
    }

    /// By the minute, so that the readings of the training have seen a whole day of the machine: what it has not seen is not
    /// normal to it, whatever the calibration.
    ///
    /// Without alerts shares come within a factor of 1.6 of what was asked. With them nothing is learned for most of the time,
    /// for an alert once fired hardly clears on a training of 2,000 readings, and one in a hundred is met to a factor of three.
    @Test(arguments: [MachineKind.pump, .motor], [false, true])
    func
        `on a simulated machine scores say how rare a reading is, after a day's worth of readings better than at first`(
            kind: MachineKind, raisesAlerts: Bool
        ) throws
    {
        let plan = SimulationPlan(
            kinds: [kind], streamCount: 1, start: SampleReadings.start, intervalNanoseconds: 60 * SampleReadings.second,
            rowCount: 2_000 + 86_400)
        var history = TrainingHistory(channelCount: MachineKind.channelCount)
        var simulator = Simulator(plan: plan, seed: 3)
        while simulator.advance() {
            history.times.append(simulator.time)
            history.values += simulator.values
            history.isAlerting.append(false)
        }
        let model = try model(of: history[0..<2_000])
        let rows = rows(of: history, model, trainedReadings: 2_000, raisesAlerts: raisesAlerts)
        let first = Shares(rows[..<20_000], model)
        let last = Shares(rows[43_200...], model)
        print(
            "\(kind), alerts \(raisesAlerts), shares over \(Self.asked): as trained \(text(first.trained)), later \(text(last.trained)),"
        )
        print("    live in the last half \(text(last.live)); firing \(rows.count(where: \.isFiring)) of \(rows.count)")
        let (before, after) = (Shares.distance(last.trained), Shares.distance(last.live))
        // The live score holds what came before, which keeps the order of readings better and their shares less exactly: it was up to
        // 0.18 of a power of ten off. Where training was right to a fifth of one already, it may be right by luck.
        #expect(after < max(before, 0.2), "\(after) powers of ten off, with what training gave \(before)")
        for (index, bound) in [0.15, 0.3, 0.6].enumerated() {
            #expect(abs(Double.log10(last.live[index] / Self.asked[index])) < bound, "\(last.live[index])")
        }
    }

    /// Real streams do not stay as they were: normal is not one distribution, so shares miss what was asked even where the
    /// calibration follows; where alerts fire within the upper half of the tail it does not, and the shortest of these series
    /// end before it has moved. What is held is what was reached.
    @Test(.enabled(if: LabelledSeries.areThere, Comment(rawValue: LabelledSeries.absence)))
    func `on normal readings of real streams live scores come nearer to the truth than the training's`() throws {
        var (before, after) = (0.0, 0.0)
        let names = [
            "skab_valve1_6", "smap_A-2", "smap_E-9", "smap_G-1", "nab_Twitter_volume_FB", "nab_Twitter_volume_GOOG",
        ]
        for name in names {
            let series = try LabelledSeries(name)
            let trainRows = try #require(try LabelledSeries.trainRows(of: name))
            let history = TrainingHistory(
                channelCount: series.channelCount,
                times: (0..<series.rowCount).map {
                    SampleReadings.start.advanced(byNanoseconds: Int64($0) * SampleReadings.second)
                }, values: series.values, isAlerting: Array(repeating: false, count: series.rowCount))
            let model = try model(of: history[0..<trainRows])
            let all = rows(of: history, model, trainedReadings: trainRows)
            // A labelled reading stays in the windows after it.
            var sinceLabelled = 1_000
            var normal: [DetectionOutput.Row] = []
            for (offset, row) in all.enumerated() {
                sinceLabelled = series.isLabelled[trainRows + offset] ? 0 : sinceLabelled + 1
                if sinceLabelled > 96 { normal.append(row) }
            }
            let shares = Shares(normal, model)
            print(
                "\(name), \(normal.count) normal readings: as trained \(text(shares.trained)), live \(text(shares.live))"
            )
            before += Shares.distance(shares.trained) / Double(names.count)
            after += Shares.distance(shares.live) / Double(names.count)
        }
        print("powers of ten between observed and asked shares: as trained \(before), live \(after)")
        #expect(after < before)
        #expect(after < 0.65)
    }

    @Test func `an open alert does not move the calibration, and normal readings do`() throws {
        let engine = EchoEvidence.engine(EchoEvidence.model(firing: 10, clearing: 6))
        var output = DetectionOutput()
        var second: Int64 = 0
        var source = SumSource(.exponential, seed: 1)
        func take(_ count: Int, _ value: () -> Double) -> [DetectionOutput.Row] {
            output.removeAll()
            engine.ingest(
                EchoEvidence.batch(
                    (0..<count).map { _ in
                        second += 1
                        return (second: second, value: value())
                    }), into: &output)
            return output.rows
        }
        let first = take(3_000) { min(9, Double(source.draw())) }
        #expect(Set(first.map(\.threshold)).count > 5, "the calibration moves with each block")
        let before = engine.standing(of: StreamID(0))
        let snapshot = engine.snapshot(of: StreamID(0))
        // Over the firing level, then between it and the clearing level.
        var rows = take(2_000) { 30 }
        rows += take(2_000) { 7 }
        #expect(rows.dropFirst(10).allSatisfy { $0.isFiring })
        // Until it fires the threshold follows the alerts that were asked for.
        #expect(Set(rows.dropFirst(10).map(\.threshold)).count == 1)
        let (then, now) = (try #require(before.threshold), try #require(engine.standing(of: StreamID(0)).threshold))
        #expect(abs(now - then) < 1e-4)
        #expect(engine.snapshot(of: StreamID(0)).liveCalibration == snapshot.liveCalibration)
        #expect(snapshot.liveCalibration != nil)
        let later = take(3_000) { min(9, 2 * Double(source.draw())) }
        #expect(later.last?.isFiring == false)
        #expect(engine.standing(of: StreamID(0)).threshold != before.threshold)
    }
}
