import AnomalyDetection
import Testing

/// When trainings fall due, and why.
struct TrainingScheduleTests {
    private func settings() -> DetectorSettings {
        var settings = DetectorSettings()
        settings.retrainsOnDrift = false
        return settings
    }

    /// The trainings that were asked for of a stream, each refused at once. With a model it is one that has learned for long.
    private func trainings(
        secondsBetween seconds: Int, count: Int, settings: DetectorSettings, hasModel: Bool = true,
        value: (Int) -> Double = { _ in 0 }
    ) -> [TrainingRequest] {
        let engine = DetectionEngine(settings: settings) { _ in ["value"] }
        var output = DetectionOutput()
        engine.resume(
            StreamID(0), from: StreamSnapshot(settings: settings), readings: TrainingHistory(channelCount: 1),
            live: hasModel
                ? EchoEvidence.model(
                    interval: Int64(seconds) * SampleReadings.second,
                    calibration: ScoreCalibration(sums: (0..<1_000).map { Float($0) / 1_000 }))
                : nil,
            scheduled: nil, into: &output)
        var requests: [TrainingRequest] = []
        for reading in 1...count {
            engine.ingest(EchoEvidence.batch([(Int64(reading * seconds), value(reading))]), into: &output)
            let due = output.trainingRequests
            output.removeAll()
            for request in due {
                engine.install(TrainingResult(request: request, promoted: nil, reason: "no better"), into: &output)
            }
            requests += due
        }
        return requests
    }

    private func scheduled(secondsBetween seconds: Int, count: Int) -> [Int] {
        trainings(secondsBetween: seconds, count: count, settings: settings()).map(\.throughReading)
    }

    @Test func `what an hourly stream has shown in a week is worth a training`() throws {
        let asked = scheduled(secondsBetween: 3_600, count: 3_000)
        let gaps = zip(asked, asked.dropFirst()).map { $1 - $0 }.dropFirst()
        // At the stream's own hour of the schedule, so a week and up to six hours.
        #expect(gaps.allSatisfy { (168...174).contains($0) }, "\(asked)")
        #expect(asked.count > 10)
    }

    @Test func `a stream by the day is not trained before there is a quarter of a warm-up that is new`() {
        let asked = scheduled(secondsBetween: 86_400, count: 1_500)
        let gaps = zip(asked, asked.dropFirst()).map { $1 - $0 }
        #expect(!gaps.isEmpty && gaps.allSatisfy { $0 >= 100 }, "\(asked)")
    }

    @Test func `a stream by the minute waits for a quarter more than it has learned from`() {
        let asked = scheduled(secondsBetween: 60, count: 20_000)
        let gaps = zip(asked, asked.dropFirst()).map { ($0, $1 - $0) }
        #expect(gaps.count > 3 && gaps.allSatisfy { $1 >= $0 / 5 }, "\(asked)")
    }

    @Test func `a candidate takes over after 256 readings, or after four hours where these are fewer`() {
        for (seconds, readings) in [(1, 256), (60, 240), (3_600, 4), (86_400, 1)] {
            let request = trainings(secondsBetween: seconds, count: 1_281, settings: settings()).first
            #expect(request.map { $0.effectiveFromReading - $0.throughReading } == readings, "\(seconds) s")
        }
    }

    @Test func `where a first model was refused, the next is tried with half a warm-up more`() {
        let asked = trainings(secondsBetween: 60, count: 1_001, settings: settings(), hasModel: false)
        #expect(asked.map(\.throughReading) == [400, 600, 800, 1_000])
        #expect(asked.allSatisfy { $0.reason == .warmUp })
    }

    @Test func `scores that have drifted for three days ask for a training, and those that scatter as they did do not`()
    {
        var settings = settings()
        settings.retrainsOnDrift = true
        settings.retrainEvery = .max
        // By the model's calibration all sums from 0 to 1 are as frequent.
        func scattered(_ reading: Int) -> Double { Double(reading * 7_919 % 1_000) / 1_000 }
        let usual = trainings(secondsBetween: 60, count: 8_000, settings: settings) { scattered($0) }
        #expect(!usual.contains { $0.reason == .drift })
        let drifted = trainings(secondsBetween: 60, count: 8_000, settings: settings) { 0.5 + scattered($0) / 2 }
        let first = drifted.first { $0.reason == .drift }
        #expect(first.map { (4_320...4_900).contains($0.throughReading) } == true, "\(drifted)")
    }
}
