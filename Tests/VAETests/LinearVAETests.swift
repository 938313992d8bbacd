import LinearAlgebra
import RealModule
import Testing
import VAE

/// A linear VAE at its optimum is probabilistic PCA (Lucas, Tucker, Grosse and Norouzi 2019): its decoder spans the leading
/// eigenvectors, its noise is the mean of the other eigenvalues, and its bound is the likelihood itself.
struct LinearVAETests {
    private let d = 6
    private let l = 2
    private let n = 600

    /// Windows whose sample covariance is exactly that of a probabilistic PCA model, so that learning a noise for each
    /// output has the same optimum as learning one for all.
    private func windows(seed: UInt64, noise: Double) throws -> Matrix {
        var source = RandomSource(seed: seed)
        var raw = Matrix(rows: n, columns: d)
        for index in raw.elements.indices { raw.elements[index] = Float(source.normal()) }
        let (mean, spread) = covariance(of: raw)
        let white = try symmetricEigendecomposition(spread, dimension: d)

        // Every output carries both latent variables; where one carries little, its noise is hardly determined.
        let signs = (0..<d).map { _ in source.uniform() < 0.5 ? -1.0 : 1 }
        let loadings = (0..<l * d).map { index in
            let alternating = index >= d && index % 2 == 1 ? -0.7 : 1
            return signs[index % d] * alternating * (0.8 + 0.4 * source.uniform())
        }
        var wanted = [Double](repeating: 0, count: d * d)
        for i in 0..<d {
            for j in 0..<d {
                wanted[i * d + j] = (0..<l).reduce(i == j ? noise : 0) {
                    $0 + loadings[$1 * d + i] * loadings[$1 * d + j]
                }
            }
        }
        let color = try symmetricEigendecomposition(wanted, dimension: d)
        var result = Matrix(rows: n, columns: d)
        for row in 0..<n {
            let centered = (0..<d).map { Double(raw[row, $0]) - mean[$0] }
            let whitened = (0..<d).map { k in
                (0..<d).reduce(0.0) { $0 + white.vectors[k * d + $1] * centered[$1] } / white.values[k].squareRoot()
            }
            for column in 0..<d {
                let value = (0..<d).reduce(0.0) {
                    $0 + color.vectors[$1 * d + column] * color.values[$1].squareRoot() * whitened[$1]
                }
                result[row, column] = Float(value + Double(column) / 4)
            }
        }
        return result
    }

    @Test(arguments: UInt64(1)...3)
    func `trained to convergence, it is the closed-form solution within 4 %`(seed: UInt64) throws {
        let windows = try windows(seed: seed, noise: 0.3)
        let (mean, spread) = covariance(of: windows)
        let (values, vectors) = try symmetricEigendecomposition(spread, dimension: d)
        let noise = values[..<(d - l)].reduce(0, +) / Double(d - l)

        var settings = TrainingSettings()
        settings.stepCount = 6_000
        settings.windowsPerStep = 256
        settings.peakLearningRate = 1e-2
        settings.heldOutShare = 0
        let shape = NetworkShape(inputCount: d, hiddenCount: 8, latentCount: l, activation: .identity)
        var run = try TrainingRun(
            network: VariationalAutoencoder(shape: shape, seed: seed), windows: windows, settings: settings, seed: seed)
        while !run.isFinished { run.step() }
        let network = run.network

        // The same noise.
        for variance in network.outputVariances { #expect(abs(Double(variance) / noise - 1) < 0.04) }

        // The same subspace: what a latent variable adds to the window lies in the span of the leading eigenvectors.
        let decoded = network.decode(Matrix(rows: 3, columns: l, elements: [0, 0, 1, 0, 0, 1]))
        var modelCovariance = [Double](repeating: 0, count: d * d)
        for latent in 1...l {
            let direction = (0..<d).map { Double(decoded[latent, $0] - decoded[0, $0]) }
            let length = direction.reduce(0) { $0 + $1 * $1 }
            let inside = (d - l..<d).reduce(0.0) { sum, k in
                let part = (0..<d).reduce(0.0) { $0 + vectors[k * d + $1] * direction[$1] }
                return sum + part * part
            }
            #expect(1 - inside / length < 0.002)
            for i in 0..<d {
                for j in 0..<d { modelCovariance[i * d + j] += direction[i] * direction[j] }
            }
        }

        // The same distribution of windows: mean and covariance.
        for column in 0..<d {
            #expect(abs(Double(decoded[0, column]) - mean[column]) < 0.05)
            modelCovariance[column * d + column] += Double(network.outputVariances[column])
        }
        for (found, expected) in zip(modelCovariance, spread) { #expect(abs(found - expected) < 0.04 * values[d - 1]) }

        // The bound is tight: it is the likelihood of the closed-form solution.
        let logDeterminant =
            values[(d - l)...].reduce(0) { $0 + Double.log($1) } + Double(d - l) * Double.log(noise)
        let likelihood =
            0.5 * (Double(d) * Double.log(2 * .pi) + logDeterminant + Double(d) * Double(n - 1) / Double(n))
        let bounds = (0..<20).map { network.negativeELBO(of: windows, seed: $0) }
        let bound = bounds.reduce(0, +) / Double(bounds.count)
        #expect(bound > likelihood - 0.01)
        #expect(bound < likelihood + 0.04)
    }
}
