import LinearAlgebra
import RealModule
import Testing
import VAE

/// β = 0 makes a plain autoencoder of the same network, and input noise a denoising one.
struct PlainAutoencoderTests {
    private static let windows = TrainingTests.waves(count: 2_000, seed: 1)

    private static func shape(_ noise: OutputNoise) -> NetworkShape {
        NetworkShape(inputCount: 16, hiddenCount: 24, latentCount: 2, outputNoise: noise)
    }

    private func settings(inputNoise: Float) -> TrainingSettings {
        var settings = TrainingSettings()
        settings.beta = 0
        settings.inputNoise = inputNoise
        settings.stepCount = 1_500
        return settings
    }

    private func meanSquaredError(_ outputs: Matrix, _ windows: Matrix) -> Double {
        let sum = zip(outputs.elements, windows.elements).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        return sum / Double(windows.elements.count)
    }

    @Test(arguments: [Float(0), 0.3], [OutputNoise.fixed(1), .fixed(0.05), .learned])
    func `the loss falls to what the windows' own noise leaves`(inputNoise: Float, noise: OutputNoise) throws {
        var run = try TrainingRun(
            network: VariationalAutoencoder(shape: Self.shape(noise), seed: 2), windows: Self.windows,
            settings: settings(inputNoise: inputNoise), seed: 2)
        while run.report.stepCount < 100 { run.step() }
        let early = run.report
        while !run.isFinished { run.step() }
        #expect(run.report.trainingLoss < early.trainingLoss && run.report.heldOutLoss < early.heldOutLoss)
        let unseen = TrainingTests.waves(count: 400, seed: 77)
        // The windows' own variance is 0.51, of which 0.01 is noise that nothing can rebuild.
        #expect(meanSquaredError(run.network.reconstruct(unseen).reconstructions, unseen) < 0.04)
    }

    @Test(arguments: [Float(1), 0.25])
    func `with a fixed output noise the loss is the squared error, and the noise stays as it was`(
        variance: Float
    ) throws {
        var run = try TrainingRun(
            network: VariationalAutoencoder(shape: Self.shape(.fixed(variance)), seed: 3), windows: Self.windows,
            settings: settings(inputNoise: 0), seed: 3)
        while !run.isFinished { run.step() }
        let network = run.network
        #expect(network.outputVariances.allSatisfy { abs($0 / variance - 1) < 1e-6 })
        let unseen = TrainingTests.waves(count: 300, seed: 8)
        let squares = meanSquaredError(network.reconstruct(unseen).reconstructions, unseen)
        let loss = network.negativeELBO(of: unseen, beta: 0, seed: 1) / 16
        let expected = 0.5 * (squares / Double(variance) + Double.log(2 * .pi * Double(variance)))
        #expect(abs(loss - expected) < 1e-5)
        #expect(try VariationalAutoencoder(blob: network.blob()) == network)
    }

    @Test(arguments: [Float(0), 0.3])
    func `nothing is drawn for the latent variables, and their log-variance is left alone`(inputNoise: Float) throws {
        let start = VariationalAutoencoder(shape: Self.shape(.fixed(1)), seed: 4)
        var run = try TrainingRun(
            network: start, windows: Self.windows, settings: settings(inputNoise: inputNoise), seed: 4)
        while run.report.stepCount < 200 { run.step() }
        let network = run.network
        // Behind the encoder (16 → 24) and the mean (24 → 2) come the log-variance's weights and biases.
        let logVariance = 17 * 24 + 25 * 2..<17 * 24 + 2 * 25 * 2
        #expect(network.parameters[logVariance] == start.parameters[logVariance])
        #expect(network.parameters[..<logVariance.lowerBound] != start.parameters[..<logVariance.lowerBound])
        let (latents, outputs) = network.reconstruct(Self.windows)
        #expect(network.decode(latents) == outputs)
        let first = network.negativeELBO(of: Self.windows, beta: 0, seed: 1)
        #expect(first == network.negativeELBO(of: Self.windows, beta: 0, seed: 2))
    }

    @Test func `input noise falls on observed cells alone, and is not what has to be rebuilt`() throws {
        // Constant windows: the plain autoencoder's loss can only reach that of the constant if the target is clean.
        var windows = Matrix(rows: 400, columns: 16, elements: [Float](repeating: 0.5, count: 6_400))
        var mask = Matrix(rows: 400, columns: 16, elements: [Float](repeating: 1, count: 6_400))
        for row in 0..<400 { (windows[row, row % 16], mask[row, row % 16]) = (.nan, 0) }
        var run = try TrainingRun(
            network: VariationalAutoencoder(shape: Self.shape(.fixed(1)), seed: 5), windows: windows, mask: mask,
            settings: settings(inputNoise: 0.5), seed: 5)
        while !run.isFinished { run.step() }
        let outputs = run.network.reconstruct(windows, mask: mask).reconstructions
        for output in outputs.elements { #expect(abs(output - 0.5) < 0.03) }
    }
}
