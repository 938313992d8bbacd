import LinearAlgebra
import RealModule
import Testing
import VAE

/// β = 0 makes a plain autoencoder of the same network, and input noise a denoising one.
@Suite(.timeLimit(.minutes(5)))
struct PlainAutoencoderTests {
    private static let series = TestSeries.whole(TestSeries.machine(count: 2_500, seed: 1), slotCount: 12)
    private static let unseen = TestSeries.whole(TestSeries.machine(count: 800, seed: 77), slotCount: 12)

    private func start(seed: UInt64 = 2) throws -> VariationalAutoencoder {
        try VariationalAutoencoder(
            closedFormOf: Self.series, slotCount: 12, latentLimit: 5, hiddenCount: 32, seed: seed)
    }

    private func meanSquaredError(_ network: VariationalAutoencoder, _ inputs: Matrix, _ windows: Matrix) -> Double {
        let outputs = network.reconstruct(inputs).reconstructions
        let sum = zip(outputs.elements, windows.elements).reduce(0.0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
        return sum / Double(windows.elements.count)
    }

    private func windows(_ series: WindowSeries) -> Matrix { series.windows(endingIn: series.ends, slotCount: 12) }

    @Test(arguments: [Float(0), 0.3])
    func `training rebuilds windows that it has not seen better than the closed form does`(inputNoise: Float) throws {
        let start = try start()
        let trained = try start.trained(on: Self.series, seed: 2) {
            ($0.beta, $0.inputNoise, $0.stepCount) = (0, inputNoise, 1_500)
        }.network
        let unseen = windows(Self.unseen)
        let (before, after) = (meanSquaredError(start, unseen, unseen), meanSquaredError(trained, unseen, unseen))
        #expect(after < 0.8 * before, "\(before) \(after)")
    }

    @Test(arguments: [Float(0), 0.3])
    func `nothing is drawn for the latent variables, and their log-variance is left alone`(inputNoise: Float) throws {
        let start = try start(seed: 4)
        let network = try start.trained(on: Self.series, seed: 4) {
            ($0.beta, $0.inputNoise, $0.stepCount) = (0, inputNoise, 200)
        }.network
        let logVariance = ParameterGroup.logVariance.range(in: start.shape)
        #expect(network.parameters[logVariance] == start.parameters[logVariance])
        // Of the correction's outputs the second half is that of the log-variance.
        let weights = ParameterGroup.correctionWeights.range(in: start.shape)
        let k = start.shape.latentCount
        for (place, weight) in network.parameters[weights].enumerated() {
            #expect((weight == 0) == (place % (2 * k) >= k))
        }
        let (latents, outputs, _) = network.reconstruct(windows(Self.unseen))
        #expect(network.decode(latents) == outputs)
        let first = network.negativeELBO(of: Self.unseen, beta: 0, seed: 1)
        #expect(first == network.negativeELBO(of: Self.unseen, beta: 0, seed: 2) && first.divergence == 0)
        #expect(network.negativeELBO(of: Self.unseen, seed: 1) != network.negativeELBO(of: Self.unseen, seed: 2))
    }

    @Test func `without a draw the loss is that of the means under the learned noise`() throws {
        let network = try start().trained(on: Self.series, seed: 3) { ($0.beta, $0.stepCount) = (0, 300) }.network
        let windows = windows(Self.unseen)
        let (_, rebuilt, foretold) = network.reconstruct(windows)
        func cost(_ value: Float, _ mean: Float, _ variance: Float) -> Double {
            let error = Double(value - mean)
            return 0.5 * (error * error / Double(variance) + Double.log(2 * .pi * Double(variance)))
        }
        var (reconstruction, foresight) = (0.0, 0.0)
        let (noise, foresightNoise) = (network.noiseVariances, network.foresightVariances)
        for (row, end) in Self.unseen.ends.enumerated() {
            for cell in 0..<24 { reconstruction += cost(windows[row, cell], rebuilt[row, cell], noise[cell]) }
            for (index, horizon) in network.shape.horizons.enumerated() where end + horizon < 800 {
                for channel in 0..<2 {
                    let target = index * 2 + channel
                    foresight += cost(
                        Self.unseen.values[(end + horizon) * 2 + channel], foretold[row, target], foresightNoise[target]
                    )
                }
            }
        }
        let parts = network.negativeELBO(of: Self.unseen, beta: 0, seed: 1)
        let count = Double(Self.unseen.ends.count)
        #expect(abs(parts.reconstruction - reconstruction / count) < 1e-4 * abs(reconstruction / count) + 1e-4)
        #expect(abs(parts.foresight - foresight / count) < 1e-4 * abs(foresight / count) + 1e-4)
    }

    @Test func `a denoising autoencoder takes noise away`() throws {
        let start = try start()
        let clean = windows(Self.unseen)
        let noise = TestSeries.noise(rows: clean.rowCount, columns: clean.columnCount, seed: 2)
        var noisy = clean
        for index in noisy.elements.indices { noisy.elements[index] += 0.5 * noise.elements[index] }
        func errorOnNoisy(inputNoise: Float) throws -> Double {
            let network = try start.trained(on: Self.series, seed: 1) {
                ($0.beta, $0.inputNoise, $0.stepCount) = (0, inputNoise, 1_500)
            }.network
            return meanSquaredError(network, noisy, clean)
        }
        let (with, without) = (try errorOnNoisy(inputNoise: 0.5), try errorOnNoisy(inputNoise: 0))
        #expect(with < 0.9 * without, "\(with) \(without)")
    }

    @Test func `input noise is not what has to be rebuilt`() throws {
        // Constant windows: the loss can only reach that of the constant if the target is clean.
        let readings = Matrix(rows: 400, columns: 1, elements: [Float](repeating: 0.5, count: 400))
        let series = TestSeries.whole(readings, slotCount: 16)
        let start = try VariationalAutoencoder(closedFormOf: series, slotCount: 16, hiddenCount: 8, seed: 5)
        let network = try start.trained(on: series, seed: 5) { ($0.beta, $0.inputNoise) = (0, 0.5) }.network
        let outputs = network.reconstruct(series.windows(endingIn: series.ends, slotCount: 16)).reconstructions
        for output in outputs.elements { #expect(abs(output - 0.5) < 0.03) }
    }
}
