import CAllocationCounter
import LinearAlgebra
import Testing
import VAE

/// The counter counts the calling thread's allocations alone, so tests beside these do not disturb it.
@Suite(.enabled(if: harken_allocation_counter_is_available(), "a sanitizer has an allocator of its own"))
struct AllocationTests {
    /// The allocations of the steps 10 to 59 of a training, one look at held-out windows among them.
    private func allocations(_ step: () -> Void) -> Int {
        for _ in 0..<10 { step() }
        let before = harken_allocation_count()
        for _ in 0..<50 { step() }
        return Int(harken_allocation_count() - before)
    }

    /// OpenBLAS's AVX-512 kernels allocate in products of up to a million multiplications; with so many latent variables,
    /// and as many held-out windows as a batch has, all products are larger.
    private static let latentCount = 64
    private static let windows = TrainingTests.waves(count: 2_000, cells: 64, seed: 1)

    private static func settings(beta: Float, inputNoise: Float) -> TrainingSettings {
        var settings = TrainingSettings()
        settings.beta = beta
        settings.inputNoise = inputNoise
        settings.checkInterval = 25
        settings.heldOutLimit = settings.windowsPerStep
        return settings
    }

    @Test(arguments: [Float(0), 1], [Float(0), 0.2])
    func `training allocates nothing after its first step`(beta: Float, inputNoise: Float) throws {
        var run = try TrainingRun(
            network: VariationalAutoencoder(
                shape: NetworkShape(inputCount: 64, latentCount: Self.latentCount), seed: 1), windows: Self.windows,
            settings: Self.settings(beta: beta, inputNoise: inputNoise), seed: 1)
        #expect(allocations { run.step() } == 0)
    }

    @Test(arguments: [Float(0), 0.2])
    func `adversarial training allocates nothing after its first step`(inputNoise: Float) throws {
        var run = try AdversarialTrainingRun(
            network: AdversarialAutoencoder(
                shape: .init(inputCount: 64, latentCount: Self.latentCount), seed: 1), windows: Self.windows,
            settings: Self.settings(beta: 0, inputNoise: inputNoise), seed: 1)
        #expect(allocations { run.step() } == 0)
    }

    @Test func `rebuilding and scoring windows allocates nothing`() {
        let network = AdversarialAutoencoder(shape: .init(inputCount: 64), seed: 1)
        var scratch = AdversarialAutoencoder.Scratch(for: network.shape)
        let (windows, mask) = (Self.windows.elements, [Float](repeating: 1, count: Self.windows.elements.count))
        var first = windows
        var second = windows
        var scores = [Float](repeating: 0, count: Self.windows.rowCount)
        let found = allocations {
            var firstSpan = first.mutableSpan
            var secondSpan = second.mutableSpan
            network.reconstruct(
                windows.span, mask: mask.span, count: scores.count, reconstructions: &firstSpan,
                secondPass: &secondSpan, scratch: &scratch)
            var scoreSpan = scores.mutableSpan
            network.score(
                windows.span, mask: mask.span, reconstructions: firstSpan.span, secondPass: secondSpan.span,
                into: &scoreSpan)
        }
        #expect(found == 0)
    }
}
