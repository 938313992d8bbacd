import AnomalyDetection
import Testing

/// When trainings fall due that a schedule asks for.
struct TrainingScheduleTests {
    /// The readings after which trainings were asked for of a stream with a model, each refused at once.
    private func trainings(hoursBetween hours: Double, count: Int) -> [Int] {
        var settings = DetectorSettings()
        settings.retrainsOnDrift = false
        let engine = DetectionEngine(settings: settings) { _ in ["value"] }
        var output = DetectionOutput()
        engine.resume(
            StreamID(0), from: StreamSnapshot(settings: settings), readings: TrainingHistory(channelCount: 1),
            live: EchoEvidence.model(interval: Int64(hours * 3_600) * SampleReadings.second), scheduled: nil,
            into: &output)
        var requests: [TrainingRequest] = []
        for reading in 1...count {
            engine.ingest(EchoEvidence.batch([(Int64(Double(reading) * hours * 3_600), 0)]), into: &output)
            let due = output.trainingRequests
            output.removeAll()
            for request in due {
                engine.install(TrainingResult(request: request, promoted: nil, reason: "no better"), into: &output)
            }
            requests += due
        }
        return requests.map(\.throughReading)
    }

    @Test func `what an hourly stream has shown in a week is worth a training`() throws {
        let asked = trainings(hoursBetween: 1, count: 3_000)
        let gaps = zip(asked, asked.dropFirst()).map { $1 - $0 }.dropFirst()
        // At the stream's own hour of the schedule, so a week and up to six hours.
        #expect(gaps.allSatisfy { (168...174).contains($0) }, "\(asked)")
        #expect(asked.count > 10)
    }

    @Test func `a stream by the day is not trained before there is a quarter of a warm-up that is new`() {
        let asked = trainings(hoursBetween: 24, count: 1_000)
        let gaps = zip(asked, asked.dropFirst()).map { $1 - $0 }
        #expect(gaps.allSatisfy { $0 >= 100 }, "\(asked)")
    }

    @Test func `a stream by the minute waits for a quarter more than it has learned from`() {
        let asked = trainings(hoursBetween: 1.0 / 60, count: 30_000).filter { $0 > 1_280 }
        for (last, next) in zip(asked, asked.dropFirst()) where next < 20_000 && next != 2 * last {
            #expect(next - last >= last / 5, "\(asked)")
        }
    }
}
