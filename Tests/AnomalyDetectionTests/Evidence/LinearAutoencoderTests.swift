import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

/// The linear window model as an autoencoder.
struct LinearAutoencoderTests {
    @Test(arguments: UInt64(1)...3)
    func `it rebuilds windows as the leading directions do, from latents of variance one`(
        seed: UInt64
    ) throws {
        var windows = SampleWindows(seed: seed)
        let sample = windows.matrix(500)
        let model = try LinearWindowModel(fittedTo: sample, layout: windows.layout, weight: 1)
        let count = min(NetworkShape.standardLatentCount, model.dimensionCount)
        let network = model.autoencoder(latentCount: count)
        #expect(network.shape.latentCount == count)
        let (latents, rebuilt) = network.reconstruct(sample)
        let width = windows.layout.width
        for row in 0..<20 {
            var expected = model.mean
            for direction in 0..<count {
                let line = model.directions[(direction * width)..<((direction + 1) * width)]
                let coordinate = zip(line, 0..<width).reduce(Float(0)) {
                    $0 + $1.0 * (sample[row, $1.1] - model.mean[$1.1])
                }
                #expect(abs(latents[row, direction] - coordinate / model.deviations[direction]) < 1e-3)
                for (cell, value) in line.enumerated() { expected[cell] += coordinate * value }
            }
            for cell in 0..<width { #expect(abs(rebuilt[row, cell] - expected[cell]) < 1e-3) }
        }
        for direction in 0..<count {
            let squares = (0..<500).reduce(0.0) { $0 + Double(latents[$1, direction] * latents[$1, direction]) }
            #expect(abs(squares / 500 - 1) < 0.1)
        }
    }
}
