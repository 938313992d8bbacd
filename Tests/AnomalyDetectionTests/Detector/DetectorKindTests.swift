import AnomalyDetection
import Testing
import VAE

struct DetectorKindTests {
    private static let seed: UInt64 = 4

    private func fit(_ kind: DetectorKind, without evidence: Set<EvidenceKind> = []) throws -> StreamModel {
        var settings = DetectorSettings()
        settings.detector = kind
        settings.evidence.subtract(evidence)
        let history = SampleModel.history(rows: 1_100, seed: Self.seed)
        return try ModelFitter(settings: settings, training: .network, seed: Self.seed).fit(history)
    }

    @Test(arguments: DetectorKind.allCases)
    func `each detector fits a stream, scores it and sees what is wrong with it`(
        kind: DetectorKind
    ) throws {
        let model = try fit(kind)
        #expect(Set(model.parts.map(\.kind)).isSubset(of: kind.evidence))
        #expect(model.parts.allSatisfy { $0.weight > 0 })
        var fresh = SampleModel.history(rows: 600, seed: Self.seed + 1)
        let before = scores(of: model, over: fresh)
        #expect(before.count { $0.isFinite } > 500)
        #expect(before[300...].allSatisfy { $0.isFinite && $0 >= 0 })
        for reading in 500..<540 { fresh.values[reading * 6] += 12 * model.profiles[0].spread }
        let after = scores(of: model, over: fresh)
        #expect(after[..<500].elementsEqual(before[..<500]) { $0 == $1 || ($0.isNaN && $1.isNaN) })
        #expect((after[500..<540].max() ?? 0) > (before[300..<500].max() ?? .infinity))
        #expect((after[500..<540].max() ?? 0) >= model.threshold.firing)
    }

    @Test func `principal components and autoregression have their own evidence and the state of channels alone`()
        throws
    {
        #expect(Set(try fit(.pca).parts.map(\.kind)) == [.rebuild, .novelty, .stuck])
        #expect(Set(try fit(.ar).parts.map(\.kind)) == [.foresight, .novelty, .stuck])
        for kind in [DetectorKind.pca, .ar] { #expect(try fit(kind).network?.network.isTrained == false) }
    }

    @Test func `attention has foresight by a forecaster of its own and the state of channels alone`() throws {
        #expect(DetectorKind.attn.evidence == DetectorKind.ar.evidence)
        let model = try fit(.attn)
        #expect(Set(model.parts.map(\.kind)) == [.foresight, .novelty, .stuck])
        #expect(model.parts.contains { $0 is AttentionForesight } && model.network?.network.isTrained == false)
    }

    @Test func `the other detectors have all evidence`() {
        for kind in [DetectorKind.vae, .ae, .dae, .usad] { #expect(kind.evidence == Set(EvidenceKind.allCases)) }
    }

    @Test func `evidence that is switched off is not fitted`() throws {
        #expect(
            Set(try fit(.vae, without: [.foresight, .memory, .stuck]).parts.map(\.kind)) == [
                .rebuild, .context, .statistics, .novelty,
            ])
        #expect(Set(try fit(.pca, without: [.novelty]).parts.map(\.kind)) == [.rebuild, .stuck])
    }

    @Test(arguments: [DetectorKind.vae, .ae, .dae, .usad]) func `the network is the detector's`(kind: DetectorKind)
        throws
    {
        let model = try fit(kind, without: Set(EvidenceKind.allCases).subtracting([.rebuild]))
        let part = try #require(model.parts.first as? Rebuild, "\(model.choices)")
        #expect((part.adversarial != nil) == (kind == .usad))
        #expect(model.network?.network.isTrained == true)
    }

    @Test func `detectors of one history differ in their networks`() throws {
        let networks = try [DetectorKind.vae, .ae, .dae].map { kind in
            try #require(try fit(kind, without: [.memory, .context, .statistics, .novelty, .stuck]).network).network
        }
        #expect(networks[0] != networks[1] && networks[1] != networks[2] && networks[0] != networks[2])
        #expect(networks.allSatisfy { $0.linear == networks[0].linear }, "all go on from the same closed form")
    }
}
