import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing
import VAE

struct SettlingTests {
    /// The settled sums that the engine tells of, by the second of the reading.
    private func sums(_ output: DetectionOutput) -> [Int64: Double] {
        let told = output.settled.map { row in
            (
                row.time.nanoseconds(since: SampleReadings.start) / SampleReadings.second,
                (Double(row.score) - 1) * 2.302585092994046
            )
        }
        return Dictionary(uniqueKeysWithValues: told)
    }

    /// The sums that live scores are made from, as their definition has it, from those of the readings in order.
    private func heldSums(_ sums: [Double]) -> [Double] {
        var evidence = 0.0
        return sums.map { sum in
            evidence += (sum * sum * sum - evidence) / 64
            return (sum + 0.5 * Double.root(evidence, 3)) / 1.5
        }
    }

    private func cubicMean(_ values: some Collection<Double>) -> Double {
        Double.root(values.reduce(0) { $0 + $1 * $1 * $1 } / Double(values.count), 3)
    }

    private func isNear(_ found: Double?, _ expected: Double) -> Bool {
        found.map { abs($0 - expected) < 1e-4 * max(1, expected) } ?? false
    }

    @Test func `a reading settles to the cubic mean of the held live sums of its slot and the 63 after it`() {
        let engine = EchoEvidence.engine(EchoEvidence.model())
        var output = DetectionOutput()
        // Ones, but for a 9 at second 70.
        let values = (0..<100).map { $0 == 70 ? 9.0 : 1 }
        engine.ingest(EchoEvidence.batch(values.indices.map { (Int64($0), values[$0]) }), into: &output)
        let (settled, held) = (sums(output), heldSums(values))
        #expect(settled.keys.sorted() == Array(0...36), "the last 63 still wait")
        for second in 0...36 {
            #expect(isNear(settled[Int64(second)], cubicMean(held[second...(second + 63)])), "second \(second)")
        }
        #expect(
            (settled[7] ?? 0) > 1.5 * (settled[6] ?? .infinity), "the 9 is among the covering ones from second 7 on")
        #expect(output.settled.map(\.row) == Array(0...36), "they are rows of this output")
    }

    @Test func `slots without a reading add nothing, and what a long gap leaves behind settles with what there is`() {
        let engine = EchoEvidence.engine(EchoEvidence.model())
        var output = DetectionOutput()
        // Every second reading is lost; the sums are 2, 4, 6 and so on hundredths. Then nothing comes for 200 seconds.
        let values = (0..<50).map { Double(2 * ($0 + 1)) / 100 }
        engine.ingest(EchoEvidence.batch(values.indices.map { (Int64(2 * $0), values[$0]) }), into: &output)
        let held = heldSums(values)
        #expect(sums(output).keys.max() == 34, "34 + 63 = 97 has passed with the reading at 98")
        // Seconds 34 to 96: 32 readings.
        #expect(isNear(sums(output)[34], cubicMean(held[17...48])))
        output.removeAll()
        engine.ingest(EchoEvidence.batch([(300, 5)]), into: &output)
        let settled = sums(output)
        #expect(settled.keys.sorted() == (18..<50).map { 2 * $0 })
        #expect(isNear(settled[98], held[49]), "it has only itself")
        #expect(isNear(settled[96], cubicMean(held[48...49])))
        #expect(output.settled.allSatisfy { $0.row == -1 }, "they came with the output before")
    }

    @Test func `where the rhythm is irregular a reading settles with the 63 readings after it`() {
        let engine = EchoEvidence.engine(EchoEvidence.model(isRegular: false))
        var output = DetectionOutput()
        let values = (0..<70).map { $0 == 69 ? 65.0 : 1 }
        engine.ingest(EchoEvidence.batch(values.indices.map { (Int64($0 * $0), values[$0]) }), into: &output)
        let (settled, held) = (sums(output), heldSums(values))
        #expect(settled.keys.sorted() == [0, 1, 4, 9, 16, 25, 36])
        for reading in 0...6 {
            #expect(isNear(settled[Int64(reading * reading)], cubicMean(held[reading...(reading + 63)])))
        }
    }

    @Test func `a reading without a live score has no settled one and adds to none`() {
        // A window of 8 must not reach beyond a gap, so the first seven readings have no score.
        let engine = EchoEvidence.engine(EchoEvidence.model(windowLength: 8))
        var output = DetectionOutput()
        engine.ingest(EchoEvidence.batch((0..<80).map { ($0, 1) } + (1_000..<1_070).map { ($0, 4) }), into: &output)
        let scored = output.rows.filter { $0.score.isFinite }.map(\.time)
        #expect(scored.count == 73 + 63)
        #expect(Set(output.settled.map(\.time)).isSubset(of: scored))
        let settled = sums(output)
        #expect(settled.keys.count { $0 < 1_000 } == 73)
        // What is held goes on over the gap; the readings without a sum add nothing to it.
        let held = heldSums([Double](repeating: 1, count: 73) + [Double](repeating: 4, count: 63))
        for second in Int64(7)..<80 {
            let end = min(Int(second) - 7 + 64, 73)
            #expect(isNear(settled[second], cubicMean(held[(Int(second) - 7)..<end])), "second \(second)")
        }
        // A reading without a score of its own moves time on: the readings before the gap settled with the first after it.
        output.removeAll()
        engine.ingest(EchoEvidence.batch([(5_000, 1)]), into: &output)
        #expect(output.rows[0].score.isNaN)
        #expect(output.settled.count == 63)
    }

    @Test func `readings settle however many without a score follow in the same batch`() {
        // A reading in every third second fills too little of a window of 8.
        let readings: [(second: Int64, value: Double)] =
            (0..<80).map { ($0, 1) } + (30..<1_000).map { (3 * $0, 5) } + (3_000..<3_080).map { ($0, 2) }
        let (whole, single) = (
            EchoEvidence.engine(EchoEvidence.model(windowLength: 8)),
            EchoEvidence.engine(EchoEvidence.model(windowLength: 8))
        )
        var output = DetectionOutput()
        whole.ingest(EchoEvidence.batch(readings), into: &output)
        let settled = sums(output)
        // With 3,001 half of the window is filled again; 3,016 is the last that settles.
        #expect(settled.count == 73 + 16)
        output.removeAll()
        for reading in readings { single.ingest(EchoEvidence.batch([reading]), into: &output) }
        #expect(sums(output) == settled)
    }

    @Test func `at the end of input what waits settles with what there is, and again when its stream goes on`() {
        let readings: [(second: Int64, value: Double)] = (0..<200).map { ($0, Double($0 % 7)) }
        let (whole, parted) = (EchoEvidence.engine(EchoEvidence.model()), EchoEvidence.engine(EchoEvidence.model()))
        var output = DetectionOutput()
        whole.ingest(EchoEvidence.batch(readings), into: &output)
        let expected = sums(output)
        output.removeAll()
        parted.ingest(EchoEvidence.batch(Array(readings[..<100])), into: &output)
        output.removeAll()
        parted.settleWaiting(into: &output)
        #expect(sums(output).keys.sorted() == Array(37..<100))
        let held = heldSums(readings.map(\.value))
        #expect(isNear(sums(output)[99], held[99]), "second 99 has only itself")
        output.removeAll()
        parted.ingest(EchoEvidence.batch(Array(readings[100...])), into: &output)
        #expect(sums(output) == expected.filter { $0.key >= 37 })
    }

    @Test func `a model from before there were settled scores gives none`() {
        let old = LiveModel(id: 1, model: EchoEvidence.model().model.withoutSettledCalibration)
        let engine = EchoEvidence.engine(old)
        var output = DetectionOutput()
        engine.ingest(EchoEvidence.batch((0..<200).map { ($0, 1) }), into: &output)
        engine.settleWaiting(into: &output)
        #expect(output.rows.allSatisfy { $0.score.isFinite })
        #expect(output.settled.isEmpty)
    }

    @Test(arguments: UInt64(1)...3)
    func `readings that wait when another model takes over settle under the model that gave their sums`(seed: UInt64)
        throws
    {
        let run = EngineRun(settings: .quick)
        for reading in SampleReadings.sound(rows: 1_500, seed: seed) { try run.ingest([reading]) }
        let rows = run.rows[0]
        let takeOvers = rows.indices.dropFirst().filter { rows[$0].modelID != rows[$0 - 1].modelID }
        #expect(takeOvers.count > 1)
        // The reading before the take-over settled to its own held sum alone.
        let last = takeOvers[1] - 1
        #expect(rows[last].settled != nil)
        #expect(rows[..<last].allSatisfy { ($0.settled != nil) == ($0.modelID != 0) })
    }

    /// Settled scores of neighbors are nearly the same, so a stream shows few independent ones: the streams are taken together.
    @Test func `on normal readings about one settled score in ten lies above one`() throws {
        var (above, count) = (0, 0)
        for seed in UInt64(1)...6 {
            let all = SampleModel.history(rows: 6_000, seed: seed)
            let model = try ModelFitter(settings: .quick, training: .quick, seed: seed).fit(all[0..<2_000])
            let engine = EchoEvidence.engine(LiveModel(id: 1, model: model), channelCount: all.channelCount)
            var output = DetectionOutput()
            engine.ingest(ReadingBatch(all[2_000..<6_000]), into: &output)
            above += output.settled.count { $0.score > 1 }
            count += output.settled.count
        }
        #expect(count > 6 * 3_800)
        #expect((0.05...0.2).contains(Double(above) / Double(count)), "\(above) of \(count)")
    }
}
