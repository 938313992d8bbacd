import LinearAlgebra
import Testing
import VAE

struct InferenceTests {
    @Test(arguments: [(64, 128, 4), (1, 1, 1), (7, 33, 3), (96, 128, 4), (61, 100, 5), (400, 128, 8)], [false, true])
    func `a window's results are the same to the last bit in any place of any batch`(
        sizes: (Int, Int, Int), isMasked: Bool
    ) {
        let (d, h, l) = sizes
        let shape = NetworkShape(
            inputCount: d, hiddenCount: h, latentCount: l,
            outputKinds: (0..<d).map { $0 % 5 == 4 ? .bernoulli : .gaussian })
        let network = VariationalAutoencoder(shape: shape, seed: UInt64(d))
        var source = RandomSource(seed: UInt64(h))
        let total = 70
        var windows = Matrix(rows: total, columns: d)
        var mask = windows
        for index in windows.elements.indices {
            windows.elements[index] = Float(source.normal())
            mask.elements[index] = isMasked && source.uniform() < 0.2 ? 0 : 1
        }
        var scratch = VariationalAutoencoder.Scratch(for: shape)
        func results(_ rows: Range<Int>, withMask: Bool) -> [[UInt32]] {
            var latents = [Float](repeating: 0, count: rows.count * l)
            var outputs = [Float](repeating: 0, count: rows.count * d)
            var latentSpan = latents.mutableSpan
            var outputSpan = outputs.mutableSpan
            let part = Array(windows.elements[rows.lowerBound * d..<rows.upperBound * d])
            let maskPart = Array(mask.elements[rows.lowerBound * d..<rows.upperBound * d])
            if withMask {
                network.reconstruct(
                    part.span, mask: maskPart.span, count: rows.count, latents: &latentSpan,
                    reconstructions: &outputSpan, scratch: &scratch)
            } else {
                network.reconstruct(
                    part.span, count: rows.count, latents: &latentSpan, reconstructions: &outputSpan, scratch: &scratch)
            }
            return rows.indices.map { row in
                let at = row - rows.lowerBound
                return (latents[at * l..<(at + 1) * l] + outputs[at * d..<(at + 1) * d]).map(\.bitPattern)
            }
        }
        // With a mask every block is copied, without one whole blocks are not; where nothing is missing it is the same.
        let expected = (0..<total).flatMap { results($0..<$0 + 1, withMask: true) }
        for count in [2, 3, 15, 16, 17, 31, 32, 33, 48, 64, 70] {
            for start in Set([0, 1, 5, total - count]) where start + count <= total {
                #expect(results(start..<start + count, withMask: true) == Array(expected[start..<start + count]))
                if !isMasked {
                    #expect(results(start..<start + count, withMask: false) == Array(expected[start..<start + count]))
                }
            }
        }
    }

    @Test func `reconstructing no windows gives none`() {
        let network = VariationalAutoencoder(shape: NetworkShape(inputCount: 4), seed: 1)
        let (latents, outputs) = network.reconstruct(Matrix(rows: 0, columns: 4))
        #expect(latents.rowCount == 0 && outputs.rowCount == 0)
        #expect(network.negativeELBO(of: Matrix(rows: 0, columns: 4), seed: 1).isNaN)
    }

    @Test(arguments: UInt64(1)...2)
    func `samples of a trained network are spread as the windows are`(seed: UInt64) throws {
        // Two correlated groups of cells around different means, and a two-valued one that follows the first group.
        let (n, d) = (4_000, 7)
        var source = RandomSource(seed: seed)
        var windows = Matrix(rows: n, columns: d)
        for row in 0..<n {
            let (a, b) = (source.normal(), source.normal())
            for column in 0..<6 {
                let common = column < 3 ? a : b
                windows[row, column] = Float(Double(column) / 3 - 1 + 0.8 * common + 0.4 * source.normal())
            }
            windows[row, 6] = a + 0.5 * source.normal() > 0.5 ? 1 : 0
        }
        let shape = NetworkShape(
            inputCount: d, hiddenCount: 32, latentCount: 2,
            outputKinds: Array(repeating: .gaussian, count: 6) + [.bernoulli])
        var settings = TrainingSettings()
        settings.stepCount = 2_500
        var run = try TrainingRun(
            network: VariationalAutoencoder(shape: shape, seed: seed), windows: windows, settings: settings, seed: seed)
        while !run.isFinished { run.step() }
        let samples = run.network.sample(count: 20_000, seed: seed)
        let (mean, spread) = covariance(of: windows)
        let (sampleMean, sampleSpread) = covariance(of: samples)
        for column in 0..<d { #expect(abs(mean[column] - sampleMean[column]) < 0.1) }
        for index in spread.indices { #expect(abs(spread[index] - sampleSpread[index]) < 0.13) }
        for row in 0..<200 { #expect(samples[row, 6] == 0 || samples[row, 6] == 1) }

        #expect(run.network.sample(count: 50, seed: 9) == run.network.sample(count: 50, seed: 9))
        #expect(run.network.sample(count: 50, seed: 9) != run.network.sample(count: 50, seed: 10))
        let quiet = run.network.sample(count: 20_000, seed: seed, isNoisy: false)
        #expect(covariance(of: quiet).covariance[0] < sampleSpread[0])
    }

    @Test func `the way between two windows begins and ends with their reconstructions`() {
        let network = VariationalAutoencoder(shape: NetworkShape(inputCount: 12, hiddenCount: 20), seed: 4)
        let windows = TrainingTests.waves(count: 2, cells: 12, seed: 4)
        let (first, second) = (Array(windows.elements[..<12]), Array(windows.elements[12...]))
        let way = network.interpolate(between: first, and: second, steps: 5)
        let (latents, ends) = network.reconstruct(windows)
        #expect(way.rowCount == 5)
        #expect(Array(way.elements[..<12]) == Array(ends.elements[..<12]))
        #expect(Array(way.elements[48...]) == Array(ends.elements[12...]))
        var middle = Matrix(rows: 1, columns: 4)
        for column in 0..<4 { middle[0, column] = (latents[0, column] + latents[1, column]) / 2 }
        for (found, expected) in zip(way.elements[24..<36], network.decode(middle).elements) {
            #expect(abs(found - expected) < 1e-6)
        }
    }
}
