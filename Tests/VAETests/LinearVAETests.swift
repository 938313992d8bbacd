import LinearAlgebra
import RealModule
import Testing
import VAE

/// A linear VAE at its optimum is probabilistic PCA (Lucas, Tucker, Grosse and Norouzi 2019): its decoder spans the leading
/// eigenvectors, its noise is the mean of the other eigenvalues, and its bound is the likelihood itself.
@Suite(.timeLimit(.minutes(5)))
struct LinearVAETests {
    private let d = 6
    private let k = 2
    private let n = 600

    /// Windows whose sample covariance is exactly that of a probabilistic PCA model, so that learning a noise for each
    /// output has the same optimum as learning one for all.
    private func windows(seed: UInt64, noise: Double) throws -> Matrix {
        let raw = TestSeries.noise(rows: n, columns: d, seed: seed)
        let (mean, spread) = covariance(of: raw)
        let white = try symmetricEigendecomposition(spread, dimension: d)

        // Every output carries both latent variables; where one carries little, its noise is hardly determined.
        var source = RandomSource(seed: seed &+ 77)
        let signs = (0..<d).map { _ in source.uniform() < 0.5 ? -1.0 : 1 }
        let loadings = (0..<k * d).map { index in
            let alternating = index >= d && index % 2 == 1 ? -0.7 : 1
            return signs[index % d] * alternating * (0.8 + 0.4 * source.uniform())
        }
        var wanted = [Double](repeating: 0, count: d * d)
        for i in 0..<d {
            for j in 0..<d {
                wanted[i * d + j] = (0..<k).reduce(i == j ? noise : 0) {
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

    private func network(of windows: Matrix) throws -> VariationalAutoencoder {
        try VariationalAutoencoder(
            closedFormOf: TestSeries.apart(windows, slotCount: d), slotCount: d, latentLimit: k, hiddenCount: 5, seed: 1
        )
    }

    /// The network with a noise variance for all cells.
    private func withNoise(_ variance: Double, _ network: VariationalAutoencoder) -> VariationalAutoencoder {
        network.changing(.noise) { _, _ in Float(Double.log(variance)) }
    }

    @Test(arguments: UInt64(1)...3)
    func `the untrained network rebuilds windows as probabilistic PCA does`(seed: UInt64) throws {
        let windows = TestSeries.noise(rows: n, columns: d, seed: seed)
        let network = try network(of: windows)
        let (mean, spread) = covariance(of: windows)
        let (values, vectors) = try symmetricEigendecomposition(spread, dimension: d)
        let noise = values[..<(d - k)].reduce(0, +) / Double(d - k)
        let (latents, rebuilt, _) = network.reconstruct(windows)
        for row in 0..<n {
            // With W = V √(λ − s²) the posterior's mean is (WᵀW + s²)⁻¹ Wᵀ (x − m), and WᵀW + s² is λ.
            var expected = mean
            var squares = 0.0
            for direction in d - k..<d {
                let vector = vectors[direction * d..<(direction + 1) * d]
                let coordinate = zip(vector, 0..<d).reduce(0.0) {
                    $0 + $1.0 * (Double(windows[row, $1.1]) - mean[$1.1])
                }
                let spread = (values[direction] - noise).squareRoot()
                let latent = spread * coordinate / values[direction]
                squares += latent * latent
                for (cell, component) in vector.enumerated() { expected[cell] += component * spread * latent }
            }
            for cell in 0..<d { #expect(abs(Double(rebuilt[row, cell]) - expected[cell]) < 1e-5) }
            let found = (0..<k).reduce(0.0) { $0 + Double(latents[row, $1] * latents[row, $1]) }
            #expect(abs(found - squares) < 1e-4 * (1 + squares))
        }
        let other = network.changing(.encoderWeights) { 2 * $1 + Float($0) }.reconstruct(windows)
        #expect(other.reconstructions == rebuilt, "the hidden units do nothing yet")
    }

    /// The bound of all windows without chance: where everything is linear, the mean over draws is that over all signs of
    /// draws of size one.
    private struct ExactBound {
        var bound: EvidenceLowerBound
        let rowCount: Int

        init(_ windows: Matrix, _ network: VariationalAutoencoder) {
            let (k, n) = (network.shape.latentCount, windows.rowCount)
            rowCount = n << k
            bound = EvidenceLowerBound(of: network, rowLimit: rowCount)
            let series = TestSeries.apart(windows, slotCount: network.shape.slotCount)
            for row in 0..<rowCount {
                bound.batch.append(series, endingIn: series.ends[row % n])
                for latent in 0..<k { bound.epsilon[row * k + latent] = (row / n) >> latent & 1 == 0 ? 1 : -1 }
            }
        }

        /// The negative bound under parameters, in nats per window.
        mutating func value(_ parameters: [Float]) -> Double {
            let parts = bound.forward(parameters: parameters, beta: 1)
            return parts.negativeELBO / Double(rowCount)
        }
    }

    @Test(arguments: UInt64(1)...3)
    func `with the noise of probabilistic PCA the bound is tight`(seed: UInt64) throws {
        let windows = try windows(seed: seed, noise: 0.3)
        let (values, _) = try symmetricEigendecomposition(covariance(of: windows).covariance, dimension: d)
        let noise = values[..<(d - k)].reduce(0, +) / Double(d - k)
        let network = withNoise(noise, try network(of: windows))
        let logDeterminant =
            values[(d - k)...].reduce(0) { $0 + Double.log($1) } + Double(d - k) * Double.log(noise)
        let likelihood =
            0.5 * (Double(d) * Double.log(2 * .pi) + logDeterminant + Double(d) * Double(n - 1) / Double(n))
        var exact = ExactBound(windows, network)
        #expect(abs(exact.value(network.parameters) - likelihood) < 1e-4)
        // Drawn, it is the same but for chance.
        let drawn = (0..<20).map { network.negativeELBO(of: TestSeries.apart(windows, slotCount: d), seed: $0) }
        #expect(abs(drawn.reduce(0) { $0 + $1.negativeELBO } / 20 - likelihood) < 0.02)
        #expect(drawn.allSatisfy { $0.foresight == 0 })
    }

    @Test(arguments: UInt64(1)...5)
    func `the closed form is the bound's maximum: every small change lowers it`(seed: UInt64) throws {
        let windows = try windows(seed: seed, noise: 0.3)
        let (values, _) = try symmetricEigendecomposition(covariance(of: windows).covariance, dimension: d)
        let network = withNoise(
            values[..<(d - k)].reduce(0, +) / Double(d - k), try network(of: windows))
        var exact = ExactBound(windows, network)
        let best = exact.value(network.parameters)
        var source = RandomSource(seed: seed)
        let (linear, parameters) = (network.linear, network.parameters)
        func direction(_ count: Int) -> [Float] { (0..<count).map { _ in Float(source.normal()) } }

        // Trained parameters that keep it linear: the constants of both corrections, of the log-variance, and the noise.
        for group in [ParameterGroup.correctionBias, .outputBias, .logVariance, .noise] {
            let change = direction(group.range(in: network.shape).count)
            for size: Float in [-0.1, -0.03, 0.03, 0.1] {
                let changed = network.changing(group) { $1 + size * change[$0] }
                #expect(exact.value(changed.parameters) > best, "\(group), \(size)")
            }
        }
        // The frozen path: where it is centered, where it points, how it scales.
        let (shift, turn, stretch) = (direction(d), direction(k * d), direction(k))
        for size: Float in [-0.1, -0.03, 0.03, 0.1] {
            let paths = [
                LinearPath(
                    center: zip(linear.center, shift).map { $0 + size * $1 }, directions: linear.directions,
                    variances: linear.variances, residualVariance: linear.residualVariance),
                LinearPath(
                    center: linear.center, directions: zip(linear.directions, turn).map { $0 + size * $1 },
                    variances: linear.variances, residualVariance: linear.residualVariance),
                LinearPath(
                    center: linear.center, directions: linear.directions,
                    variances: zip(linear.variances, stretch).map { $0 * (1 + size * $1) },
                    residualVariance: linear.residualVariance),
            ]
            for (index, path) in paths.enumerated() {
                var changed = ExactBound(
                    windows, VariationalAutoencoder(shape: network.shape, linear: path, parameters: parameters))
                #expect(changed.value(parameters) > best, "path \(index), \(size)")
            }
        }
    }

    @Test func `no more latents are kept than hold the variance, and never more than are allowed`() throws {
        // Three directions and next to nothing beside them.
        let factors = TestSeries.noise(rows: 500, columns: 3, seed: 1)
        var windows = TestSeries.noise(rows: 500, columns: 12, seed: 2)
        let loadings = TestSeries.noise(rows: 3, columns: 12, seed: 3)
        for row in 0..<500 {
            for cell in 0..<12 {
                windows[row, cell] *= 0.01
                for factor in 0..<3 { windows[row, cell] += factors[row, factor] * loadings[factor, cell] }
            }
        }
        func latentCount(_ limit: Int) throws -> Int {
            try VariationalAutoencoder(
                closedFormOf: TestSeries.apart(windows, slotCount: 12), slotCount: 12, latentLimit: limit, seed: 1
            ).shape.latentCount
        }
        #expect(try latentCount(32) == 3)
        #expect(try latentCount(2) == 2)
        let even = TestSeries.apart(TestSeries.noise(rows: 500, columns: 12, seed: 4), slotCount: 12)
        #expect(try VariationalAutoencoder(closedFormOf: even, slotCount: 12, seed: 1).shape.latentCount == 11)
    }

    @Test func `windows that never change have a closed form of finite numbers`() throws {
        let windows = Matrix(rows: 20, columns: 6, elements: [Float](repeating: 1.5, count: 120))
        let network = try VariationalAutoencoder(
            closedFormOf: TestSeries.apart(windows, targets: Matrix(rows: 20, columns: 2), slotCount: 6), slotCount: 6,
            seed: 1)
        #expect(network.parameters.allSatisfy { $0.isFinite })
        let (_, rebuilt, foretold) = network.reconstruct(windows)
        #expect(rebuilt.elements.allSatisfy { abs($0 - 1.5) < 1e-5 })
        #expect(foretold.elements.allSatisfy { abs($0) < 1e-5 })
        #expect(network.noiseVariances.allSatisfy { $0 == 0.05 * 0.05 })
        #expect(network.foresightVariances.allSatisfy { abs($0 - 0.03 * 0.03) < 1e-9 })
    }

    /// What an unseen series costs, rebuilt and foretold, in nats per window.
    private func cost(_ network: VariationalAutoencoder, _ series: WindowSeries) -> (bound: Double, foresight: Double) {
        let parts = network.negativeELBO(of: series, seed: 5)
        return (parts.negativeELBO, parts.foresight)
    }

    @Test(arguments: UInt64(1)...2)
    func `training from the closed form lowers the loss of a nonlinear series that it has not seen`(seed: UInt64) throws
    {
        let (seen, unseen) = (
            TestSeries.whole(TestSeries.machine(count: 3_000, seed: seed), slotCount: 16),
            TestSeries.whole(TestSeries.machine(count: 1_000, seed: seed + 50), slotCount: 16)
        )
        let start = try VariationalAutoencoder(
            closedFormOf: seen, slotCount: 16, latentLimit: 6, hiddenCount: 48, seed: seed)
        let trained = try start.trained(on: seen, seed: seed) { $0.stepCount = 1_500 }.network
        let (before, after) = (cost(start, unseen), cost(trained, unseen))
        #expect(after.bound < before.bound - 3)
        #expect(after.foresight < before.foresight - 0.05)
        #expect(trained.linear == start.linear)
        #expect(trained.isTrained && !start.isTrained)
    }

    @Test(arguments: UInt64(1)...2)
    func `training from the closed form does not hurt on a linear series`(seed: UInt64) throws {
        let (seen, unseen) = (
            TestSeries.whole(TestSeries.linearGaussian(count: 4_000, seed: seed), slotCount: 16),
            TestSeries.whole(TestSeries.linearGaussian(count: 1_000, seed: seed + 50), slotCount: 16)
        )
        let start = try VariationalAutoencoder(
            closedFormOf: seen, slotCount: 16, latentLimit: 6, hiddenCount: 48, seed: seed)
        let trained = try start.trained(on: seen, seed: seed) { $0.stepCount = 1_500 }.network
        let (before, after) = (cost(start, unseen), cost(trained, unseen))
        #expect(after.bound < before.bound + 0.1)
        #expect(after.foresight < before.foresight + 0.1)
    }
}
