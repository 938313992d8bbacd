import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing

/// That a stream raises as many alerts as were asked for, whatever its level was derived from.
struct AlarmRateTests {
    /// Readings by the second in which one alert is asked for.
    private static let period = 20_000

    private func settings() -> DetectorSettings {
        var settings = DetectorSettings.quick
        settings.falseAlarms = FalseAlarmBudget(count: 1, period: Int64(Self.period) * SampleReadings.second)
        (settings.holdReadings, settings.keepFiringReadings, settings.coolDown) = (2, 20, 0)
        settings.adaptAfter = nil
        return settings
    }

    /// The alerts of a stream that is calm but for a burst in every thousand readings, with the sizes of the bursts.
    private func alerts(
        of model: LiveModel, count: Int, settings: DetectorSettings, bursts: (Int) -> Double
    ) -> [AlertTransition] {
        let engine = EchoEvidence.engine(model, settings: settings)
        var source = SumSource(.exponential, seed: 3)
        var output = DetectionOutput()
        var fired: [AlertTransition] = []
        for start in stride(from: 0, to: count, by: 1_000) {
            engine.ingest(
                EchoEvidence.batch(
                    (start..<(start + 1_000)).map { second in
                        let isBurst = second - start < 6
                        return (Int64(second + 1), isBurst ? bursts(start / 1_000) : min(4, Double(source.draw())))
                    }), into: &output)
            fired += output.transitions.filter { $0.kind == .fired }
            output.removeAll()
        }
        return fired
    }

    @Test func `what recurs raises alerts only until the level has risen over it`() {
        let model = EchoEvidence.model(firing: 8, clearing: 5)
        let fired = alerts(of: model, count: 100_000, settings: settings()) { _ in 12 }
        // Bursts of one size, a hundred of them, of which five alerts were asked for.
        #expect((1...10).contains(fired.count), "\(fired.count)")
    }

    @Test(arguments: UInt64(1)...4)
    func `in the long run as many alerts are raised as were asked for`(seed: UInt64) {
        let model = EchoEvidence.model(firing: 8, clearing: 5)
        var source = RandomSource(seed: seed)
        let count = 1_000_000
        let fired = alerts(of: model, count: count, settings: settings()) { _ in
            8 - 3 * Double.log(max(1e-9, source.uniform()))
        }
        let asked = count / Self.period
        // The level of 8 would have raised a thousand.
        #expect(fired.count > asked / 2 && fired.count < 2 * asked, "\(fired.count) alerts, \(asked) asked for")
    }

    @Test func `the level of a calm stream falls until alerts come, and no further than what is usual`() throws {
        let model = EchoEvidence.model(firing: 40, clearing: 30)
        let fired = alerts(of: model, count: 600_000, settings: settings()) { _ in 10 }
        #expect(fired.count > 3)
        let lowest = try #require(fired.map(\.alert.threshold).min())
        #expect(lowest > 1.6)
    }

    @Test func `a stream that is over its level most of the time is not under alerts for much more than half of it`() {
        let engine = EchoEvidence.engine(EchoEvidence.model(firing: 8, clearing: 5), settings: settings())
        var output = DetectionOutput()
        var source = RandomSource(seed: 2)
        var (firing, count, size) = (0, 0, 10.0)
        // Odd for two periods in which an alert is asked for, then calm for half of one, and so on.
        for start in stride(from: 0, to: 1_500_000, by: 1_000) {
            let isCalm = start % 50_000 >= 40_000
            if start % 50_000 == 0 { size = 9 + 3 * source.uniform() }
            engine.ingest(
                EchoEvidence.batch((start..<(start + 1_000)).map { (Int64($0 + 1), isCalm ? 1 : size) }), into: &output)
            if start >= 500_000 {
                firing += output.rows.count { $0.isFiring }
                count += output.rows.count
            }
            output.removeAll()
        }
        let share = Double(firing) / Double(count)
        #expect(share > 0.1 && share < 0.6, "\(share)")
    }

    @Test func `an alert at a level that was lowered for the sake of alerts does not go on for ever`() throws {
        let engine = EchoEvidence.engine(EchoEvidence.model(firing: 8, clearing: 5), settings: settings())
        var output = DetectionOutput()
        var told: [AlertTransition] = []
        // Calm for twelve periods in which an alert is asked for, then odder than that, but not so odd as the model's own level
        // keeps an alert going.
        for start in stride(from: 0, to: 32 * Self.period, by: 1_000) {
            let sum = start < 12 * Self.period ? 0.1 : 3
            engine.ingest(EchoEvidence.batch((start..<(start + 1_000)).map { (Int64($0 + 1), sum) }), into: &output)
            told += output.transitions.filter { $0.kind != .updated }
            output.removeAll()
        }
        #expect(told.first?.kind == .fired)
        let end = try #require(told.first { $0.kind == .resolved }?.alert)
        let lasted = try #require(end.resolvedAt).nanoseconds(since: end.startedAt) / SampleReadings.second
        #expect(lasted < Int64(8 * Self.period), "\(lasted) s")
    }

    @Test func `the level of a stream that has become calmer than it ever was falls below what was usual`() throws {
        // By its calibration one reading in ten has a sum of 0 or more, and of the others nothing is known.
        let engine = EchoEvidence.engine(EchoEvidence.model(firing: 8, clearing: 5), settings: settings())
        var output = DetectionOutput()
        var levels: [Float] = []
        for start in stride(from: 0, to: 400_000, by: 1_000) {
            engine.ingest(EchoEvidence.batch((start..<(start + 1_000)).map { (Int64($0 + 1), 0.1) }), into: &output)
            if start == 90_000 || start == 399_000 { levels.append(try #require(output.rows.last).threshold) }
            output.removeAll()
        }
        #expect(levels[1] < levels[0] - 0.2, "\(levels)")
    }

    @Test func `an alert that was confirmed does not raise the level`() throws {
        let model = EchoEvidence.model(firing: 8, clearing: 5)
        let engine = EchoEvidence.engine(model, settings: settings())
        var output = DetectionOutput()
        func take(_ seconds: Range<Int64>, _ value: Double) {
            engine.ingest(EchoEvidence.batch(seconds.map { ($0, value) }), into: &output)
        }
        take(1..<1_000, 1)
        take(1_000..<1_020, 12)
        take(1_020..<1_200, 1)
        let alert = try #require(output.transitions.last?.alert)
        #expect(alert.resolvedAt != nil)
        let raised = try #require(engine.standing(of: StreamID(0)).threshold)
        let verdict = AlertVerdict(alert: alert, verdict: .confirmed, wasJudgedFiring: false)
        for _ in 0..<2 { engine.take([verdict], into: &output) }
        let after = try #require(engine.standing(of: StreamID(0)).threshold)
        // Scores are 1 + sum ÷ ln 10, and the alert raised the level by the largest step, 0.4 in the logarithm.
        #expect(raised - after > 0.3 * 8 / 2.303, "\(raised), then \(after)")
    }
}
