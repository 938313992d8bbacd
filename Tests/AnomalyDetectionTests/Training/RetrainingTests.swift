import AnomalyDetection
import Testing
import VAE

/// Trainings that go on from the live version's weights.
@Suite(.timeLimit(.minutes(5)))
struct RetrainingTests {
    private static let trainer = ModelTrainer(settings: DetectorSettings())

    /// Readings of one pump, its first channels.
    private static func history(_ rows: Int, channels: Int = 1, seed: UInt64 = 3) -> TrainingHistory {
        let all = TrainingHistory(SampleReadings.sound(rows: rows, seed: seed))
        return TrainingHistory(
            channelCount: channels, times: all.times,
            values: (0..<rows).flatMap { all.values[($0 * all.channelCount)..<($0 * all.channelCount + channels)] },
            isAlerting: all.isAlerting)
    }

    private static func live(_ history: TrainingHistory, seed: UInt64 = 1) throws -> StreamModel {
        try #require(try trainer.train(on: history, live: nil, seed: seed).candidate)
    }

    private static func networkLine(_ model: StreamModel?) throws -> String {
        try #require(model?.choices.first { $0.hasPrefix("network: ") })
    }

    /// What the network makes of readings that it did not see, in nats a cell; lower is better.
    private static func loss(_ model: StreamModel, on history: TrainingHistory, from first: Int) throws -> Double {
        let window = try #require(model.network)
        let grid = TrainingGrid(
            history, profiles: model.profiles, cadence: model.cadence, longestGap: StreamScoringState.longestGap)
        let ends = grid.readings(withWindow: window.layout.length).filter { $0 >= first + window.layout.length }
            .map { grid.slots[$0] }
        let parts = window.network.negativeELBO(of: grid.series(of: window.layout.channels).with(ends: ends), seed: 1)
        return parts.negativeELBO / Double(window.layout.width)
    }

    @Test(arguments: UInt64(1)...3) func `it is as good as a training anew, and says what it went on from`(
        seed: UInt64
    ) throws {
        let history = Self.history(2_400, seed: seed)
        let live = try Self.live(history[0..<1_200])
        let outcome = try Self.trainer.train(on: history, live: live, seed: 2)
        let candidate = try #require(outcome.candidate)
        let line = try Self.networkLine(candidate)
        #expect(line.contains("went on from the live version's weights"), "\(line)")
        #expect(line.contains("its residual path gained"), "\(line)")
        #expect(outcome.decision.verdict == .promoted, "\(outcome.decision)")
        #expect(outcome.recipe?.predecessorChecksum != nil)
        // The same readings, learned by somebody who knows no live version.
        let anew = try ModelFitter(settings: DetectorSettings(), seed: 2).fit(history[0..<1_920])
        let (own, other) = (
            try Self.loss(candidate, on: history, from: 1_920), try Self.loss(anew, on: history, from: 1_920)
        )
        #expect(own < other + 0.02, "\(own) against \(other)")
        #expect(try !Self.networkLine(anew).contains("went on"))
    }

    @Test func `a live version with other windows is no beginning`() throws {
        // With twice as many readings windows of four channels are longer.
        let history = Self.history(2_000, channels: 4)
        let outcome = try Self.trainer.train(on: history, live: Self.live(history[0..<1_000]), seed: 2)
        let line = try Self.networkLine(outcome.candidate)
        #expect(line.hasSuffix("anew, for the live version has other windows"), "\(line)")
    }

    @Test func `a live version that knows other readings is no beginning`() throws {
        var history = Self.history(2_400)
        let live = try Self.live(history[0..<1_200])
        // Somebody changed the unit.
        for reading in 0..<history.count { history.values[reading] = 1.8 * history.values[reading] + 32 }
        let outcome = try Self.trainer.train(on: history, live: live, seed: 2)
        let line = try Self.networkLine(outcome.candidate)
        #expect(line.contains("anew, for on the newest windows the live version's weights are no better"), "\(line)")
        // It was looked at, so it belongs to the recipe.
        #expect(outcome.recipe?.predecessorChecksum != nil)
    }

    @Test func `a version without a residual path, and one of a fleet, is nobody's predecessor`() throws {
        let history = Self.history(2_400)
        #expect(Predecessor(try Self.live(history[0..<500])) == nil)
        let outcome = try Self.trainer.train(on: history, live: Self.live(history[0..<500]), seed: 2)
        #expect(outcome.recipe?.predecessorChecksum == nil)
        #expect(try Self.networkLine(outcome.candidate).contains("trained for 2500 steps; on windows"))
    }

    @Test func `the checksum tells versions apart, and a version read back from its bytes is the same`() throws {
        let history = Self.history(1_200)
        let model = try Self.live(history)
        let checksum = try #require(Predecessor(model)?.checksum)
        let again = try ModelBlob.decode(ModelBlob.encode(model))
        #expect(Predecessor(again)?.checksum == checksum)
        #expect(Predecessor(try Self.live(history, seed: 7))?.checksum != checksum)
    }
}
