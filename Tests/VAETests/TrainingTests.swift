import LinearAlgebra
import RealModule
import Testing
import VAE

struct TrainingTests {
    /// Sine waves of random phase with some noise: a ring, for which two latent dimensions are enough.
    static func waves(count: Int, cells: Int = 16, noise: Double = 0.1, seed: UInt64) -> Matrix {
        var source = RandomSource(seed: seed)
        var windows = Matrix(rows: count, columns: cells)
        for row in 0..<count {
            let phase = source.uniform() * 2 * .pi
            for column in 0..<cells {
                windows[row, column] = Float(Double.sin(phase + Double(column) * 0.5) + noise * source.normal())
            }
        }
        return windows
    }

    private static let shape = NetworkShape(inputCount: 16, hiddenCount: 24, latentCount: 2)

    private func trained(
        _ windows: Matrix, mask: Matrix? = nil, shape: NetworkShape = Self.shape, seed: UInt64 = 1,
        _ change: (inout TrainingSettings) -> Void = { _ in }
    ) throws -> TrainingRun {
        var settings = TrainingSettings()
        settings.stepCount = 600
        change(&settings)
        var run = try TrainingRun(
            network: VariationalAutoencoder(shape: shape, seed: seed), windows: windows, mask: mask, settings: settings,
            seed: seed)
        while !run.isFinished { run.step() }
        return run
    }

    private func meanSquaredError(_ network: VariationalAutoencoder, _ windows: Matrix) -> Double {
        let outputs = network.reconstruct(windows).reconstructions
        let sum = zip(outputs.elements, windows.elements).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        return sum / Double(windows.elements.count)
    }

    @Test(arguments: [Float(0), 0.05, 1], UInt64(1)...2)
    func `training learns to rebuild windows it has not seen`(beta: Float, seed: UInt64) throws {
        let unseen = Self.waves(count: 400, seed: seed + 100)
        let run = try trained(Self.waves(count: 2_000, seed: seed), seed: seed) {
            $0.beta = beta
            $0.stepCount = 1_500
        }
        // The windows' own variance is 0.51, of which 0.01 is noise that nothing can rebuild.
        #expect(meanSquaredError(run.network, unseen) < 0.05)
        #expect(run.report.outcome == .completed)
        #expect(run.report.heldOutWindowCount == 200 && run.report.trainingWindowCount == 1_800)
    }

    @Test(arguments: UInt64(1)...3)
    func `the learned noise is that of the windows`(seed: UInt64) throws {
        // Two normal amplitudes make each window, so the model can be exactly right.
        var source = RandomSource(seed: seed)
        var windows = Matrix(rows: 4_000, columns: 16)
        for row in 0..<4_000 {
            let (a, b) = (source.normal(), source.normal())
            for column in 0..<16 {
                let angle = Double(column) * 0.5
                let noise = column < 8 ? 0.3 : 0.6
                windows[row, column] = Float(a * Double.sin(angle) + b * Double.cos(angle) + noise * source.normal())
            }
        }
        let variances = try trained(windows, seed: seed) { $0.stepCount = 2_000 }.network.outputVariances
        for (column, variance) in variances.enumerated() {
            let expected: Float = column < 8 ? 0.09 : 0.36
            #expect(abs(variance / expected - 1) < 0.15, "cell \(column)")
        }
    }

    @Test(arguments: UInt64(1)...3)
    func `the same seed gives the same bytes, and another seed others`(seed: UInt64) throws {
        let windows = Self.waves(count: 500, seed: seed)
        let first = try trained(windows, seed: seed) { $0.inputNoise = 0.1 }
        let second = try trained(windows, seed: seed) { $0.inputNoise = 0.1 }
        #expect(first.network.blob() == second.network.blob())
        #expect(first.report == second.report)
        let other = try trained(windows, seed: seed + 1) { $0.inputNoise = 0.1 }
        #expect(first.network.blob() != other.network.blob())
    }

    @Test func `a training that is copied half way goes on as the original does`() throws {
        var original = try TrainingRun(
            network: VariationalAutoencoder(shape: Self.shape, seed: 5), windows: Self.waves(count: 300, seed: 5),
            seed: 5)
        for _ in 0..<130 { original.step() }
        var copy = original
        for _ in 0..<170 { original.step() }
        for _ in 0..<170 { copy.step() }
        #expect(original.network.blob() == copy.network.blob())
    }

    @Test func `training stops when held-out windows get worse, and gives the weights that did best on them`() throws {
        // The end of history is unlike its beginning: the longer it trains, the worse it does there.
        var windows = Self.waves(count: 1_000, seed: 3)
        for row in 900..<1_000 {
            for column in 0..<16 { windows[row, column] = -0.4 * windows[(row + 1) % 900, (column * 7) % 16] }
        }
        var settings = TrainingSettings()
        settings.stepCount = 5_000
        settings.checkInterval = 50
        settings.patience = 3
        var run = try TrainingRun(
            network: VariationalAutoencoder(shape: Self.shape, seed: 3), windows: windows, settings: settings, seed: 3)
        var networks: [Int: VariationalAutoencoder] = [:]
        while !run.isFinished {
            run.step()
            if run.report.bestStep == run.report.stepCount { networks[run.report.bestStep] = run.network }
        }
        #expect(run.report.outcome == .stoppedEarly)
        #expect(run.report.stepCount == run.report.bestStep + 150)
        #expect(networks[run.report.bestStep] == run.network)
        let stepCount = run.report.stepCount
        run.step()
        #expect(run.report.stepCount == stepCount)
    }

    @Test func `with nothing held out all steps are made and the last weights are the result`() throws {
        let run = try trained(Self.waves(count: 200, seed: 1)) {
            $0.heldOutShare = 0
            $0.stepCount = 250
        }
        #expect(run.report.outcome == .completed && run.report.bestStep == 250)
        #expect(run.report.heldOutWindowCount == 0 && run.report.heldOutLoss.isNaN)
        #expect(run.report.trainingLoss.isFinite)
    }

    @Test func `a tail too short to judge by is not held out, and a gap is kept before one that is`() throws {
        let short = try trained(Self.waves(count: 310, seed: 1)) { $0.stepCount = 10 }
        #expect(short.report.heldOutWindowCount == 0 && short.report.trainingWindowCount == 310)
        let long = try trained(Self.waves(count: 1_000, seed: 1)) {
            $0.stepCount = 10
            $0.heldOutGap = 15
            $0.heldOutLimit = 64
        }
        #expect(long.report.heldOutWindowCount == 64 && long.report.trainingWindowCount == 885)
    }

    @Test func `held-out windows and the gap do not train`() throws {
        let windows = Self.waves(count: 1_000, seed: 1)
        var others = windows
        for index in 885 * 16..<1_000 * 16 { others.elements[index] = 3 }
        func lossAfter(_ windows: Matrix) throws -> Double {
            try trained(windows) {
                $0.stepCount = 50
                $0.heldOutGap = 15
            }.report.trainingLoss
        }
        #expect(try lossAfter(windows) == lossAfter(others))
    }

    @Test(arguments: UInt64(1)...2)
    func `training with missing cells learns what is there`(seed: UInt64) throws {
        var windows = Self.waves(count: 2_000, seed: seed)
        var mask = Matrix(rows: 2_000, columns: 16)
        var source = RandomSource(seed: seed)
        for index in mask.elements.indices {
            mask.elements[index] = source.uniform() < 0.2 ? 0 : 1
            if mask.elements[index] == 0 { windows.elements[index] = .nan }
        }
        let run = try trained(windows, mask: mask, seed: seed) { $0.stepCount = 1_500 }
        #expect(meanSquaredError(run.network, Self.waves(count: 300, seed: seed + 50)) < 0.08)
    }

    @Test func `a denoising autoencoder takes noise away`() throws {
        let clean = Self.waves(count: 2_000, noise: 0, seed: 1)
        let shape = NetworkShape(inputCount: 16, hiddenCount: 24, latentCount: 8, outputNoise: .fixed(1))
        func errorOnNoisy(inputNoise: Float) throws -> Double {
            let network = try trained(clean, shape: shape) {
                $0.beta = 0
                $0.inputNoise = inputNoise
                $0.stepCount = 1_500
            }.network
            let (truth, noisy) = (Self.waves(count: 300, noise: 0, seed: 9), Self.waves(count: 300, noise: 0, seed: 9))
            var source = RandomSource(seed: 2)
            var disturbed = noisy
            for index in disturbed.elements.indices { disturbed.elements[index] += Float(source.normal()) * 0.5 }
            let outputs = network.reconstruct(disturbed).reconstructions
            let sum = zip(outputs.elements, truth.elements).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
            return sum / Double(truth.elements.count)
        }
        #expect(try errorOnNoisy(inputNoise: 0.5) < 0.8 * errorOnNoisy(inputNoise: 0))
    }

    @Test func `a loss that is not finite ends the training with the weights from before`() throws {
        let windows = Matrix(rows: 10, columns: 16, elements: [Float](repeating: 3e38, count: 160))
        let run = try trained(windows)
        #expect(run.report.outcome == .diverged)
        let isFinite = run.network.parameters.allSatisfy { $0.isFinite }
        #expect(isFinite)
    }

    @Test func `windows that cannot be trained on are refused with the reason`() {
        let network = VariationalAutoencoder(shape: Self.shape, seed: 1)
        #expect(throws: TrainingFailure.wrongWidth(found: 3, expected: 16)) {
            try TrainingRun(network: network, windows: Matrix(rows: 2, columns: 3), seed: 1)
        }
        #expect(throws: TrainingFailure.noWindows(count: 0, heldOut: 0, gap: 0)) {
            try TrainingRun(network: network, windows: Matrix(rows: 0, columns: 16), seed: 1)
        }
        var windows = Matrix(rows: 4, columns: 16)
        #expect(throws: TrainingFailure.wrongMask(rows: 3, columns: 16, expectedRows: 4, expectedColumns: 16)) {
            try TrainingRun(network: network, windows: windows, mask: Matrix(rows: 3, columns: 16), seed: 1)
        }
        windows[2, 5] = .nan
        #expect(throws: TrainingFailure.notFinite(window: 2, cell: 5)) {
            try TrainingRun(network: network, windows: windows, seed: 1)
        }
    }
}
