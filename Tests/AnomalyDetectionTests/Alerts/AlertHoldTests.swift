import AnomalyDetection
import RealModule
import Testing

/// How long an alert has to last until it is told: longer under a model that knows less than a day, unless it is clear.
struct AlertHoldTests {
    private static let oneDay = 86_400

    /// The seconds with which alerts fire, one reading a second, where so many from the hundredth on have this sum. The level is 8.
    private func firing(
        from sum: Double, lasting seconds: Int64, trainedReadings: Int, within: Int = 0,
        budget: FalseAlarmBudget = .standard, gapAt gap: Int64? = nil
    ) -> [Int64] {
        var settings = DetectorSettings.quick
        (settings.holdReadings, settings.holdWithin, settings.keepFiringReadings, settings.coolDown) = (4, within, 5, 0)
        settings.falseAlarms = budget
        settings.adaptAfter = nil
        let model = EchoEvidence.model(firing: 8, clearing: 5, trainedReadings: trainedReadings)
        let engine = EchoEvidence.engine(model, settings: settings)
        var output = DetectionOutput()
        engine.ingest(
            EchoEvidence.batch((1...200).map { ($0, 100..<(100 + seconds) ~= $0 && $0 != gap ? sum : 1) }),
            into: &output)
        return output.transitions.filter { $0.kind == .fired }
            .map { $0.alert.firedAt.nanoseconds(since: SampleReadings.start) / SampleReadings.second }
    }

    @Test func `a model that knows less than a day needs two and a half times as many readings`() {
        #expect(firing(from: 20, lasting: 9, trainedReadings: Self.oneDay - 1) == [])
        #expect(firing(from: 20, lasting: 10, trainedReadings: Self.oneDay - 1) == [109])
        #expect(firing(from: 20, lasting: 10, trainedReadings: Self.oneDay) == [103])
    }

    @Test func `what is far over the level is told as soon as under a model that knows the stream`() {
        #expect(firing(from: 25, lasting: 4, trainedReadings: 400) == [103])
        #expect(firing(from: 25, lasting: 3, trainedReadings: 400) == [])
    }

    @Test func `who asks for many alerts waits for at most a hundredth of the time between two`() {
        func waited(_ seconds: Int64) -> [Int64] {
            firing(
                from: 20, lasting: 50, trainedReadings: 400,
                budget: FalseAlarmBudget(count: 1, period: seconds * SampleReadings.second))
        }
        #expect(waited(1_000) == [109])
        #expect(waited(999) == [108])
        #expect(waited(300) == [103])
    }

    @Test func `a hold within as many readings as there may be fires under a new model too`() {
        var settings = DetectorSettings.quick
        (settings.holdReadings, settings.holdWithin) = (6_000, DetectorSettings.longestHold)
        (settings.keepFiringReadings, settings.coolDown, settings.adaptAfter) = (5, 0, nil)
        let engine = EchoEvidence.engine(
            EchoEvidence.model(firing: 8, clearing: 5, trainedReadings: 400), settings: settings)
        var output = DetectionOutput()
        // It grows faster than the context of a young model follows, and is never far over it.
        engine.ingest(
            EchoEvidence.batch((1...7_000).map { ($0, $0 < 100 ? 1 : 9 * Double.exp(Double($0 - 100) / 1_500)) }),
            into: &output)
        #expect(output.transitions.count { $0.kind == .fired } == 1)
    }

    @Test func `readings that may lie apart have to be as many times more, and may lie as far apart`() {
        #expect(firing(from: 20, lasting: 11, trainedReadings: 400, within: 5, gapAt: 105) == [110])
        #expect(firing(from: 20, lasting: 10, trainedReadings: 400, within: 5, gapAt: 105) == [])
        #expect(firing(from: 20, lasting: 11, trainedReadings: 400, gapAt: 105) == [])
    }
}
