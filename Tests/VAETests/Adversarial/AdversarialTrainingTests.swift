import LinearAlgebra
import Testing
import VAE

struct AdversarialTrainingTests {
    private static let shape = AdversarialAutoencoder.Shape(inputCount: 16, hiddenCount: 24, latentCount: 2)

    private func trained(
        _ windows: Matrix, mask: Matrix? = nil, shape: AdversarialAutoencoder.Shape = Self.shape, seed: UInt64 = 1,
        _ change: (inout TrainingSettings) -> Void = { _ in }
    ) throws -> AdversarialTrainingRun {
        var settings = TrainingSettings()
        settings.stepCount = 600
        settings.heldOutShare = 0.1
        settings.inputNoise = 0
        change(&settings)
        var run = try AdversarialTrainingRun(
            network: AdversarialAutoencoder(shape: shape, seed: seed), windows: windows, mask: mask, settings: settings,
            seed: seed)
        while !run.isFinished { run.step() }
        return run
    }

    private func meanScore(
        _ network: AdversarialAutoencoder, _ windows: Matrix, secondPassWeight: Float = 0.5
    ) -> Float {
        network.scores(of: windows, secondPassWeight: secondPassWeight).reduce(0, +) / Float(windows.rowCount)
    }

    @Test(arguments: UInt64(1)...2)
    func `training learns to rebuild windows it has not seen, once and twice`(seed: UInt64) throws {
        let unseen = TrainingTests.waves(count: 400, seed: seed + 100)
        let windows = TrainingTests.waves(count: 2_000, seed: seed)
        let run = try trained(windows, seed: seed) { $0.stepCount = 1_500 }
        // The windows' own variance is 0.51, of which 0.01 is noise that nothing can rebuild.
        #expect(meanScore(run.network, unseen, secondPassWeight: 0) < 0.03)
        #expect(meanScore(run.network, unseen, secondPassWeight: 1) < 0.03)
        #expect(run.report.outcome == .completed)
        #expect(run.report.heldOutWindowCount == 200 && run.report.trainingWindowCount == 1_800)
        #expect(run.report.heldOutLoss < 0.03)
    }

    @Test(arguments: [2e-3, 2e-2], UInt64(1)...3)
    func `neither decoder runs away, however long the game lasts`(rate: Double, seed: UInt64) throws {
        let windows = TrainingTests.waves(count: 300, seed: seed)
        let run = try trained(windows, seed: seed) {
            $0.stepCount = 4_000
            $0.peakLearningRate = rate
            $0.heldOutShare = 0
        }
        #expect(run.report.outcome == .completed)
        #expect(run.report.trainingLoss < 0.05)
        // Where no window ever was, outputs stay within reach of the windows' own.
        let odd = Matrix(rows: 1, columns: 16, elements: (0..<16).map { $0 % 2 == 0 ? 8 : -8 })
        let (first, second) = run.network.reconstruct(odd)
        #expect((first.elements + second.elements).allSatisfy { abs($0) <= 8 })
    }

    @Test(arguments: UInt64(1)...3)
    func `windows of another shape score far higher than those trained on`(seed: UInt64) throws {
        let network = try trained(TrainingTests.waves(count: 2_000, seed: seed), seed: seed) { $0.stepCount = 1_500 }
            .network
        let normal = TrainingTests.waves(count: 300, seed: seed + 50)
        var odd = normal
        for row in 0..<300 {
            for column in 8..<16 { odd[row, column] = -odd[row, column] }
        }
        #expect(meanScore(network, odd) > 10 * meanScore(network, normal))
    }

    @Test(arguments: UInt64(1)...3)
    func `the same seed gives the same bytes, and another seed others`(seed: UInt64) throws {
        let windows = TrainingTests.waves(count: 500, seed: seed)
        let first = try trained(windows, seed: seed) { $0.inputNoise = 0.1 }
        let second = try trained(windows, seed: seed) { $0.inputNoise = 0.1 }
        #expect(first.network.blob() == second.network.blob())
        #expect(first.report == second.report)
        let other = try trained(windows, seed: seed + 1) { $0.inputNoise = 0.1 }
        #expect(first.network.blob() != other.network.blob())
    }

    @Test func `a training that is copied half way goes on as the original does`() throws {
        var original = try AdversarialTrainingRun(
            network: AdversarialAutoencoder(shape: Self.shape, seed: 5),
            windows: TrainingTests.waves(count: 300, seed: 5), seed: 5)
        for _ in 0..<130 { original.step() }
        var copy = original
        for _ in 0..<170 { original.step() }
        for _ in 0..<170 { copy.step() }
        #expect(original.network.blob() == copy.network.blob())
    }

    @Test(arguments: UInt64(1)...2)
    func `training with missing cells learns what is there`(seed: UInt64) throws {
        var windows = TrainingTests.waves(count: 2_000, seed: seed)
        var mask = Matrix(rows: 2_000, columns: 16)
        var source = RandomSource(seed: seed)
        for index in mask.elements.indices {
            mask.elements[index] = source.uniform() < 0.2 ? 0 : 1
            if mask.elements[index] == 0 { windows.elements[index] = .nan }
        }
        let run = try trained(windows, mask: mask, seed: seed) { $0.stepCount = 1_500 }
        #expect(meanScore(run.network, TrainingTests.waves(count: 300, seed: seed + 50)) < 0.08)
    }

    @Test func `training stops when held-out windows get worse, and gives the weights that did best on them`() throws {
        // The end of history is unlike its beginning: the longer it trains, the worse it does there.
        var windows = TrainingTests.waves(count: 1_000, seed: 3)
        for row in 900..<1_000 {
            for column in 0..<16 { windows[row, column] = -0.4 * windows[(row + 1) % 900, (column * 7) % 16] }
        }
        var settings = TrainingSettings()
        settings.stepCount = 5_000
        settings.heldOutShare = 0.1
        settings.inputNoise = 0
        settings.peakLearningRate = 2e-3
        settings.checkInterval = 50
        settings.patience = 3
        var run = try AdversarialTrainingRun(
            network: AdversarialAutoencoder(shape: Self.shape, seed: 3), windows: windows, settings: settings, seed: 3)
        var networks: [Int: AdversarialAutoencoder] = [:]
        while !run.isFinished {
            run.step()
            if run.report.bestStep == run.report.stepCount { networks[run.report.bestStep] = run.network }
        }
        #expect(run.report.outcome == .stoppedEarly)
        #expect(run.report.stepCount == run.report.bestStep + 150)
        #expect(networks[run.report.bestStep] == run.network)
    }

    @Test func `a loss that is not finite ends the training with the weights from before`() throws {
        let windows = Matrix(rows: 10, columns: 16, elements: [Float](repeating: 3e38, count: 160))
        let run = try trained(windows)
        #expect(run.report.outcome == .diverged)
        let isFinite = run.network.parameters.allSatisfy { $0.isFinite }
        #expect(isFinite)
    }

    @Test func `windows that cannot be trained on are refused with the reason`() {
        let network = AdversarialAutoencoder(shape: Self.shape, seed: 1)
        #expect(throws: TrainingFailure.wrongWidth(found: 3, expected: 16)) {
            try AdversarialTrainingRun(network: network, windows: Matrix(rows: 2, columns: 3), seed: 1)
        }
        var windows = Matrix(rows: 4, columns: 16)
        windows[2, 5] = .nan
        #expect(throws: TrainingFailure.notFinite(window: 2, cell: 5)) {
            try AdversarialTrainingRun(network: network, windows: windows, seed: 1)
        }
    }
}
