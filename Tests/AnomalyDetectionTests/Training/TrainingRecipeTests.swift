import AnomalyDetection
import Testing
import VAE

/// That a training can be carried out again from what is noted of it.
struct TrainingRecipeTests {
    private func time(_ reading: Int) -> Timestamp {
        SampleReadings.start.advanced(byNanoseconds: Int64(reading) * SampleReadings.second)
    }

    /// Trains, and fits again from the readings as a database would give them: between the first and the last, without flags.
    private func reproduce(
        _ history: TrainingHistory, labels: TrainingLabels = TrainingLabels(), live: StreamModel? = nil
    ) throws -> (outcome: ModelTrainer.Outcome, isIdentical: Bool) {
        let settings = DetectorSettings()
        let outcome = try ModelTrainer(settings: settings).train(on: history, labels: labels, live: live, seed: 5)
        let recipe = try #require(outcome.recipe)
        let stored = history.times.indices.filter {
            (recipe.fittedFromNs...recipe.fittedThroughNs).contains(history.times[$0].nanoseconds)
        }
        #expect(stored.count == recipe.fittedReadings)
        let width = history.channelCount
        let readings = TrainingHistory(
            channelCount: width, times: stored.map { history.times[$0] },
            values: stored.flatMap { history.values[($0 * width)..<(($0 + 1) * width)] },
            isAlerting: stored.map { _ in true })
        let again = try ModelTrainer.refit(
            recipe, readings: readings, ledger: outcome.exclusions, live: live, seed: 5, channelNames: [])
        let candidate = try #require(outcome.candidate)
        return (outcome, again.map(ModelBlob.encode) == ModelBlob.encode(candidate))
    }

    private func history(rows: Int) -> TrainingHistory {
        TrainingHistory(SampleReadings.sound(rows: rows, seed: 9))
    }

    @Test func `a first model comes out the same`() throws {
        #expect(try reproduce(history(rows: 400)).isIdentical)
    }

    @Test func `a model comes out the same whose history was cleaned, confirmed and worked on`() throws {
        var history = history(rows: 1_600)
        let live = try #require(
            try ModelTrainer(settings: DetectorSettings()).train(on: history[0..<400], live: nil, seed: 1).candidate)
        let level = try #require(live.settledFiringScore)
        history.settledScores = history.times.indices.map { (700..<705).contains($0) ? 2 * level : 0.1 }
        for reading in 500..<540 { history.isAlerting[reading] = true }
        let labels = TrainingLabels(
            normal: [time(510)...time(515)], confirmed: [time(800)...time(820)],
            maintenance: [time(900)...time(910)])
        let (outcome, isIdentical) = try reproduce(history, labels: labels, live: live)
        let reasons = Set(outcome.exclusions.map(\.reason))
        #expect(reasons.isSuperset(of: [.abnormal, .confirmed, .maintenance, .heldOut]), "\(reasons)")
        #expect(isIdentical)
    }

    @Test func `a model of a new normal comes out the same, older readings brought to its level`() throws {
        var history = history(rows: 1_600)
        let live = try #require(
            try ModelTrainer(settings: DetectorSettings()).train(on: history[0..<600], live: nil, seed: 1).candidate)
        for reading in 900..<1_600 { history.values[reading * 4 + 1] += 300 }
        let (outcome, isIdentical) = try reproduce(
            history, labels: TrainingLabels(newNormalStart: time(900)), live: live)
        #expect(outcome.decision.verdict == .promoted, "\(outcome.decision)")
        #expect(outcome.recipe?.levelOffsets != nil)
        #expect(isIdentical)
    }

    @Test func `models come out the same over generations, each with the version that it went on from`() throws {
        // Enough from the first on that windows need not grow with the history.
        let history = history(rows: 3_400)
        let (first, isSame) = try reproduce(history[0..<1_400])
        #expect(isSame && first.recipe?.predecessorChecksum == nil)
        let (second, isSecondSame) = try reproduce(history[0..<2_400], live: first.candidate)
        let (third, isThirdSame) = try reproduce(history[200..<3_400], live: second.candidate)
        #expect(isSecondSame && isThirdSame)
        let lines = [second, third].compactMap { $0.candidate?.choices.first { $0.hasPrefix("network: ") } }
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("went on from the live version's") }, "\(lines)")
        let recipe = try #require(third.recipe)
        #expect(recipe.isSuccessor(of: second.candidate))
        #expect(!recipe.isSuccessor(of: first.candidate) && !recipe.isSuccessor(of: nil))
    }

    @Test func `the ledger says which readings have no whole window`() throws {
        var history = history(rows: 700)
        for reading in 350..<700 {
            history.times[reading] = history.times[reading].advanced(byNanoseconds: 3_600_000_000_000)
        }
        let outcome = try ModelTrainer(settings: DetectorSettings()).train(on: history, live: nil, seed: 1)
        let entries = outcome.exclusions.map { "\($0.reason.rawValue) \($0.count)" }
        let before = try #require(outcome.candidate).scoredWindow - 1
        #expect(entries == ["warm_up \(before)", "lossy \(before)"])
        #expect(outcome.exclusions.last?.times.lowerBound == history.times[350])
        #expect(outcome.decision.excludedReadings == 0)
    }
}
