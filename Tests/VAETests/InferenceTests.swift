import LinearAlgebra
import RealModule
import Testing
import VAE

@Suite(.timeLimit(.minutes(5)))
struct InferenceTests {
    /// All that a pass finds of one of its rows, bit by bit.
    private func bits(_ pass: ForwardPass, row: Int) -> [UInt32] {
        let shape = pass.shape
        let (k, width, targets) = (shape.latentCount, shape.inputCount, shape.foretoldCount)
        return
            (pass.coordinates[row * k..<(row + 1) * k] + [pass.energies[row]] + pass.latents[row * k..<(row + 1) * k]
            + pass.rebuilt[row * width..<(row + 1) * width] + pass.foretold[row * targets..<(row + 1) * targets])
            .map(\.bitPattern)
    }

    private static let shapes = [
        NetworkShape(slotCount: 64, channelCount: 1, latentCount: 32),
        NetworkShape(slotCount: 1, channelCount: 1, latentCount: 1, hiddenCount: 1, horizons: [1]),
        NetworkShape(slotCount: 7, channelCount: 3, latentCount: 5, hiddenCount: 33),
        NetworkShape(slotCount: 50, channelCount: 8, latentCount: 32),
        NetworkShape(
            slotCount: 16, channelCount: 25, latentCount: 17, hiddenCount: 100, newestSlots: 2, horizons: [1, 4, 8]),
    ]

    @Test(arguments: shapes.indices)
    func `a window's results are the same to the last bit in any place of any batch`(index: Int) {
        let shape = Self.shapes[index]
        let (network, width) = (VariationalAutoencoder.random(shape, seed: UInt64(index)), shape.inputCount)
        let windows = TestSeries.noise(rows: 70, columns: width, seed: 7)
        var alone = ForwardPass(for: shape, rowLimit: 1)
        let expected = (0..<70).map { row in
            alone.run(network, on: windows.elements.span.extracting(row * width..<(row + 1) * width), count: 1)
            return bits(alone, row: 0)
        }
        var pass = ForwardPass(for: shape, rowLimit: 70)
        for count in [70, 2, 3, 15, 16, 17, 31, 32, 33, 48, 64] {
            for start in Set([0, 1, 5, 70 - count]) where start + count <= 70 {
                pass.run(
                    network, on: windows.elements.span.extracting(start * width..<(start + count) * width), count: count
                )
                #expect(pass.rowCount == count)
                for row in 0..<count { #expect(bits(pass, row: row) == expected[start + row], "\(row) of \(count)") }
            }
        }
    }

    @Test(arguments: shapes.indices)
    func `what is beside a window does not reach it, even if it is not a number`(index: Int) {
        let shape = Self.shapes[index]
        let (network, width) = (VariationalAutoencoder.random(shape, seed: UInt64(index)), shape.inputCount)
        var windows = TestSeries.noise(rows: 20, columns: width, seed: 8)
        var pass = ForwardPass(for: shape, rowLimit: 20)
        pass.run(network, on: windows.elements.span, count: 20)
        let expected = (0..<20).map { bits(pass, row: $0) }
        for cell in 0..<width { (windows[4, cell], windows[17, cell]) = (.nan, 3e38) }
        pass.run(network, on: windows.elements.span, count: 20)
        for row in 0..<20 where row != 4 && row != 17 { #expect(bits(pass, row: row) == expected[row], "\(row)") }
    }

    @Test(arguments: shapes.indices, [1, 63, 64, 65, 130])
    func `one pass gives what reconstruct gives, however many windows there are`(index: Int, count: Int) {
        let shape = Self.shapes[index]
        let network = VariationalAutoencoder.random(shape, seed: UInt64(index))
        let windows = TestSeries.noise(rows: count, columns: shape.inputCount, seed: 9)
        let (latents, rebuilt, foretold) = network.reconstruct(windows)
        var pass = ForwardPass(for: shape, rowLimit: count)
        pass.run(network, on: windows.elements.span, count: count)
        #expect(pass.latents == latents.elements)
        #expect(pass.rebuilt == rebuilt.elements)
        #expect(pass.foretold == foretold.elements)
        #expect(network.decode(latents) == rebuilt)
    }

    @Test(arguments: shapes.indices)
    func `coordinates and energies are found alone as a whole pass finds them`(index: Int) {
        let shape = Self.shapes[index]
        let (network, k, width) = (VariationalAutoencoder.random(shape, seed: 3), shape.latentCount, shape.inputCount)
        let windows = TestSeries.noise(rows: 40, columns: width, seed: 3)
        var (whole, part) = (ForwardPass(for: shape, rowLimit: 40), ForwardPass(for: shape, rowLimit: 40))
        whole.run(network, on: windows.elements.span, count: 40)
        part.find(network, coordinatesOf: windows.elements.span, count: 40)
        #expect(part.coordinates == whole.coordinates && part.energies == whole.energies && part.rowCount == 40)

        // As the definitions have them: a = (x − m) Vᵀ, |x − m|², in double precision.
        for row in 0..<40 {
            let centered = (0..<width).map { Double(windows[row, $0] - network.linear.center[$0]) }
            let energy = centered.reduce(0) { $0 + $1 * $1 }
            #expect(abs(Double(whole.energies[row]) - energy) < 1e-4 * (1 + energy))
            for latent in 0..<k {
                let coordinate = (0..<width).reduce(0.0) {
                    $0 + centered[$1] * Double(network.linear.directions[latent * width + $1])
                }
                #expect(abs(Double(whole.coordinates[row * k + latent]) - coordinate) < 1e-4)
            }
        }
        let (coordinates, _) = network.linear.residuals(of: windows)
        for (found, expected) in zip(whole.coordinates, coordinates.elements) { #expect(abs(found - expected) < 1e-4) }
    }

    @Test func `reconstructing no windows gives none`() {
        let shape = NetworkShape(slotCount: 4, channelCount: 1, latentCount: 2)
        let network = VariationalAutoencoder.random(shape, seed: 1)
        let (latents, rebuilt, foretold) = network.reconstruct(Matrix(rows: 0, columns: 4))
        #expect(latents.rowCount == 0 && rebuilt.rowCount == 0 && foretold.rowCount == 0)
        let none = TestSeries.whole(TestSeries.noise(rows: 9, columns: 1, seed: 1), slotCount: 4).with(ends: [])
        #expect(network.negativeELBO(of: none, seed: 1).negativeELBO.isNaN)
    }

    @Test(arguments: UInt64(1)...2)
    func `samples of a trained network are spread as the windows are`(seed: UInt64) throws {
        let readings = TestSeries.linearGaussian(count: 5_000, seed: seed)
        let series = TestSeries.whole(readings, slotCount: 8)
        let start = try VariationalAutoencoder(
            closedFormOf: series, slotCount: 8, latentLimit: 8, hiddenCount: 32, seed: seed)
        let network = try start.trained(on: series, seed: seed) { $0.stepCount = 1_500 }.network
        let (mean, spread) = covariance(of: series.windows(endingIn: series.ends, slotCount: 8))
        let (sampleMean, sampleSpread) = covariance(of: network.sample(count: 20_000, seed: seed))
        for cell in 0..<16 {
            let (variance, sampled) = (spread[cell * 17], sampleSpread[cell * 17])
            #expect(abs(mean[cell] - sampleMean[cell]) < 0.1 * variance.squareRoot(), "cell \(cell)")
            #expect(abs(sampled / variance - 1) < 0.2, "cell \(cell): \(sampled), \(variance)")
        }
        #expect(network.sample(count: 50, seed: 9) == network.sample(count: 50, seed: 9))
        #expect(network.sample(count: 50, seed: 9) != network.sample(count: 50, seed: 10))
        let quiet = network.sample(count: 20_000, seed: seed, isNoisy: false)
        #expect(covariance(of: quiet).covariance[0] < sampleSpread[0])
    }

    @Test func `the way between two windows begins and ends with their reconstructions`() {
        let shape = NetworkShape(slotCount: 12, channelCount: 1, latentCount: 4, hiddenCount: 20)
        let network = VariationalAutoencoder.random(shape, seed: 4)
        let windows = TrainingTests.waves(count: 2, cells: 12, seed: 4)
        let (first, second) = (Array(windows.elements[..<12]), Array(windows.elements[12...]))
        let way = network.interpolate(between: first, and: second, steps: 5)
        let (latents, ends, _) = network.reconstruct(windows)
        #expect(way.rowCount == 5)
        #expect(Array(way.elements[..<12]) == Array(ends.elements[..<12]))
        #expect(Array(way.elements[48...]) == Array(ends.elements[12...]))
        var middle = Matrix(rows: 1, columns: 4)
        for column in 0..<4 { middle[0, column] = (latents[0, column] + latents[1, column]) / 2 }
        for (found, expected) in zip(way.elements[24..<36], network.decode(middle).elements) {
            #expect(abs(found - expected) < 1e-5)
        }
    }
}
