import AnomalyDetection
import Testing

/// Two versions side by side.
struct ModelComparisonTests {
    private func fit(_ history: TrainingHistory) throws -> StreamModel {
        try ModelFitter(settings: DetectorSettings(), training: .quick, seed: 1).fit(history)
    }

    @Test func `a version beside itself has the same numbers, on the newest stretch without an alert`() throws {
        var history = TrainingHistory(SampleReadings.sound(rows: 1_000, seed: 2))
        let model = try fit(history[0..<500])
        for reading in 600..<650 { history.isAlerting[reading] = true }
        for reading in 990..<1_000 { history.isAlerting[reading] = true }
        let comparison = try #require(
            ModelComparison(
                model, model, on: history, labels: TrainingLabels(), settings: DetectorSettings(), seed: 1))
        #expect(comparison.readings == 340)
        #expect(comparison.times == history.times[650]...history.times[989])
        #expect(comparison.injectedFaults == 28)
        #expect(comparison.numbers[0] == comparison.numbers[1])
        #expect(comparison.numbers[0]["log_likelihood"] != nil && comparison.numbers[0]["found_spike"] == 1)
    }

    @Test func `what has learned more of the stream forecasts it better`() throws {
        let history = TrainingHistory(SampleReadings.sound(rows: 2_000, seed: 2))
        let comparison = try #require(
            ModelComparison(
                try fit(history[0..<300]), try fit(history[0..<1_600]), on: history, labels: TrainingLabels(),
                settings: DetectorSettings(), seed: 1))
        let likelihoods = comparison.numbers.map { $0["log_likelihood"] ?? .nan }
        #expect(likelihoods[1] > likelihoods[0])
    }

    @Test func `without a calm stretch nothing is compared`() throws {
        var history = TrainingHistory(SampleReadings.sound(rows: 600, seed: 2))
        let model = try fit(history)
        for reading in stride(from: 0, to: 600, by: 90) { history.isAlerting[reading] = true }
        #expect(
            ModelComparison(
                model, model, on: history, labels: TrainingLabels(), settings: DetectorSettings(), seed: 1) == nil)
    }
}
