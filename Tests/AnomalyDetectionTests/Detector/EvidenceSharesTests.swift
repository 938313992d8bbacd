import AnomalyDetection
import Testing

struct EvidenceSharesTests {
    private static let fault = 1_400

    /// A constant channel that moves was never seen to: novelty speaks of that, and of nothing else here.
    @Test(arguments: [UInt64(1), 2]) func `evidence speaks when it sees a fault`(seed: UInt64) throws {
        let model = try SampleModel.model(seed: seed)
        var history = SampleModel.history(rows: Self.fault + 1, seed: seed)
        func novelty(_ shares: [(kind: EvidenceKind, share: Double)]) -> Double? {
            shares.first { $0.kind == .novelty }?.share
        }
        #expect(novelty(EvidenceShares.ofNewest(in: history, model: model)) == 0)
        for reading in (Self.fault - 20)...Self.fault { history.values[reading * 6 + 5] = 43 }
        let shares = EvidenceShares.ofNewest(in: history, model: model)
        #expect((novelty(shares) ?? 0) > 0.05)
        #expect(abs(shares.reduce(0) { $0 + $1.share } - 1) < 1e-6)
        #expect(zip(shares, shares.dropFirst()).allSatisfy { $0.share >= $1.share })
        #expect(Set(shares.map(\.kind)) == Set(model.parts.map(\.kind)))
    }

    @Test func `so many readings as are asked for say the same as all of them`() throws {
        let model = try SampleModel.model(seed: 1)
        var history = SampleModel.history(rows: 2_600, seed: 3)
        for reading in 2_590..<2_600 { history.values[reading * 6 + 1] += 5 * model.profiles[1].spread }
        let whole = EvidenceShares.ofNewest(in: history, model: model)
        let newest = EvidenceShares.ofNewest(
            in: history[(history.count - EvidenceShares.readingCount)..<history.count], model: model)
        for (one, other) in zip(whole, newest) {
            #expect(one.kind == other.kind && abs(one.share - other.share) < 0.01, "\(one) \(other)")
        }
    }

    @Test func `where the windows cannot be filled nobody spoke`() throws {
        let model = try SampleModel.model(seed: 1)
        #expect(EvidenceShares.ofNewest(in: SampleModel.history(rows: 10, seed: 3), model: model).isEmpty)
        #expect(EvidenceShares.ofNewest(in: TrainingHistory(channelCount: 6), model: model).isEmpty)
    }
}
