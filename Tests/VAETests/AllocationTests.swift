import CAllocationCounter
import LinearAlgebra
import Testing
import VAE

/// The counter counts the calling thread's allocations alone, so tests beside these do not disturb it.
@Suite(
    .timeLimit(.minutes(5)),
    .enabled(if: harken_allocation_counter_is_available(), "a sanitizer has an allocator of its own"))
struct AllocationTests {
    /// The allocations of the steps 10 to 59 of a training, looks at held-out windows among them.
    private func allocations(_ step: () -> Void) -> Int {
        for _ in 0..<10 { step() }
        let before = harken_allocation_count()
        for _ in 0..<50 { step() }
        return Int(harken_allocation_count() - before)
    }

    /// OpenBLAS's AVX-512 kernels allocate in products of up to a million multiplications; with so many channels and latent
    /// variables, and as many held-out windows as a batch has, all products are larger.
    private static let shape = NetworkShape(slotCount: 2, channelCount: 64, latentCount: 64)
    private static let windows = TrainingTests.waves(count: 2_000, cells: 64, seed: 1)

    private static func settings(beta: Float, inputNoise: Float) -> TrainingSettings {
        var settings = TrainingSettings()
        settings.beta = beta
        settings.inputNoise = inputNoise
        settings.heldOutShare = 0.3
        settings.checkInterval = 25
        settings.heldOutLimit = settings.windowsPerStep
        return settings
    }

    @Test(arguments: [Float(0), 1], [0, 0.2])
    func `training allocates nothing after its first step`(beta: Float, missing: Double) throws {
        let mask = TestSeries.mask(rows: 2_000, columns: 64, missing: missing, seed: 1)
        var run = try TrainingRun(
            network: VariationalAutoencoder.random(Self.shape, seed: 1),
            series: TestSeries.whole(Self.windows, mask: mask, slotCount: 2),
            settings: Self.settings(beta: beta, inputNoise: 0.2), seed: 1)
        run.step()
        #expect(allocations { run.step() } == 0)
        #expect(run.report.stepCount == 61 && run.report.heldOutWindowCount == 128)
    }

    @Test(arguments: [Float(0), 0.2])
    func `adversarial training allocates nothing after its first step`(inputNoise: Float) throws {
        var run = try AdversarialTrainingRun(
            network: AdversarialAutoencoder(shape: .init(inputCount: 64, latentCount: 64), seed: 1),
            windows: Self.windows, settings: Self.settings(beta: 0, inputNoise: inputNoise), seed: 1)
        #expect(allocations { run.step() } == 0)
    }

    @Test(arguments: [1, 7, 64])
    func `a forward pass allocates nothing once it is made`(count: Int) {
        let shape = NetworkShape(slotCount: 50, channelCount: 3, latentCount: 32)
        let network = VariationalAutoencoder.random(shape, seed: 1)
        let windows = TestSeries.noise(rows: count, columns: shape.inputCount, seed: 1)
        let latents = TestSeries.noise(rows: count, columns: shape.latentCount, seed: 2)
        var pass = ForwardPass(for: shape, rowLimit: 64)
        let before = harken_allocation_count()
        for _ in 0..<10 {
            pass.run(network, on: windows.elements.span, count: count)
            pass.find(network, coordinatesOf: windows.elements.span, count: count)
            pass.decode(network, latents: latents.elements.span, count: count)
        }
        #expect(harken_allocation_count() == before)
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
