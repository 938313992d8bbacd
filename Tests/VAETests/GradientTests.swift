import LinearAlgebra
import Testing
import VAE

/// A network, a batch and its draws, all from a seed.
struct GradientCase: Sendable, CustomTestStringConvertible {
    var name: String
    var shape: NetworkShape
    var beta: Float
    var isMasked: Bool

    var testDescription: String { name }

    static let all: [GradientCase] = [
        GradientCase(
            name: "Gaussian, learned noise, β = 1",
            shape: NetworkShape(inputCount: 6, hiddenCount: 7, latentCount: 2), beta: 1, isMasked: false),
        GradientCase(
            name: "Gaussian, learned noise, β = 1, masked",
            shape: NetworkShape(inputCount: 6, hiddenCount: 7, latentCount: 2), beta: 1, isMasked: true),
        GradientCase(
            name: "Gaussian, fixed noise, β = 0.05",
            shape: NetworkShape(inputCount: 5, hiddenCount: 9, latentCount: 3, outputNoise: .fixed(1)), beta: 0.05,
            isMasked: false),
        GradientCase(
            name: "Bernoulli, β = 0.5, masked",
            shape: NetworkShape(
                inputCount: 4, hiddenCount: 6, latentCount: 2,
                outputKinds: Array(repeating: .bernoulli, count: 4)), beta: 0.5, isMasked: true),
        GradientCase(
            name: "both kinds, plain autoencoder",
            shape: NetworkShape(
                inputCount: 5, hiddenCount: 6, latentCount: 2,
                outputKinds: [.gaussian, .bernoulli, .gaussian, .gaussian, .bernoulli]), beta: 0, isMasked: true),
        GradientCase(
            name: "linear, learned noise, β = 1",
            shape: NetworkShape(inputCount: 6, hiddenCount: 5, latentCount: 2, activation: .identity), beta: 1,
            isMasked: false),
    ]

    /// Weights, and the batch with its draws in the returned bound.
    func make(seed: UInt64) -> (parameters: [Float], bound: EvidenceLowerBound) {
        var source = RandomSource(seed: seed)
        var parameters = VariationalAutoencoder(shape: shape, seed: seed).parameters
        // Off the starting point, where the log-variance's weights and the noise are all zero.
        let isNoiseFixed = shape.outputNoise != .learned
        for index in 0..<parameters.count - (isNoiseFixed ? shape.inputCount : 0) {
            parameters[index] += Float(source.normal()) * 0.3
        }
        let rows = 9
        var windows = Matrix(rows: rows, columns: shape.inputCount)
        var mask = windows
        for row in 0..<rows {
            for column in 0..<shape.inputCount {
                let value = source.normal()
                windows[row, column] = shape.outputKinds[column] == .bernoulli ? (value > 0 ? 1 : 0) : Float(value)
                mask[row, column] = source.uniform() < 0.3 ? 0 : 1
            }
        }
        var bound = EvidenceLowerBound(shape: shape, rowLimit: rows)
        for row in 0..<rows { bound.append(row: row, of: windows, mask: isMasked ? mask : nil) }
        for index in bound.epsilon.indices { bound.epsilon[index] = Float(source.normal()) }
        return (parameters, bound)
    }
}

struct GradientTests {
    @Test(arguments: GradientCase.all, UInt64(1)...3)
    func `every parameter's gradient is the slope of the loss`(gradientCase: GradientCase, seed: UInt64) {
        var (parameters, bound) = gradientCase.make(seed: seed)
        let beta = gradientCase.beta
        _ = bound.loss(parameters: parameters, beta: beta)
        var gradient = [Float](repeating: .nan, count: parameters.count)
        bound.backward(parameters: parameters, beta: beta, gradient: &gradient)

        // Two central differences, combined so that the error falls with the fourth power of the distance: it may then
        // be wide enough for single precision not to matter.
        func slope(_ index: Int, _ distance: Float) -> Double {
            let value = parameters[index]
            defer { parameters[index] = value }
            parameters[index] = value + distance
            let (above, width) = (bound.loss(parameters: parameters, beta: beta), parameters[index])
            parameters[index] = value - distance
            return (above - bound.loss(parameters: parameters, beta: beta)) / Double(width - parameters[index])
        }
        let isNoiseFixed = gradientCase.shape.outputNoise != .learned
        let learnedCount = parameters.count - (isNoiseFixed ? gradientCase.shape.inputCount : 0)
        let scale = Double(gradient.map(abs).max() ?? 0)
        #expect(scale > 0.01)
        for index in 0..<learnedCount {
            let expected = (4 * slope(index, 0.02) - slope(index, 0.04)) / 3
            let difference = abs(Double(gradient[index]) - expected)
            #expect(
                difference <= 1e-3 * abs(expected) + 2e-4 * scale, "parameter \(index): \(gradient[index]), \(expected)"
            )
        }
        for index in learnedCount..<parameters.count { #expect(gradient[index] == 0) }
    }

    @Test(arguments: [Float(0), 0.7], UInt64(1)...5)
    func `what a masked cell holds changes nothing`(beta: Float, seed: UInt64) {
        let shape = NetworkShape(
            inputCount: 5, hiddenCount: 6, latentCount: 2,
            outputKinds: [.gaussian, .bernoulli, .gaussian, .gaussian, .bernoulli])
        let network = VariationalAutoencoder(shape: shape, seed: seed)
        var source = RandomSource(seed: seed)
        var windows = Matrix(rows: 8, columns: 5)
        var mask = windows
        for index in windows.elements.indices {
            windows.elements[index] = Float(source.index(below: 2))
            mask.elements[index] = source.uniform() < 0.4 ? 0 : 1
        }
        var others = windows
        for index in windows.elements.indices where mask.elements[index] == 0 {
            others.elements[index] = [.nan, .infinity, -1e30, 17][source.index(below: 4)]
        }
        func results(_ windows: Matrix) -> [UInt64] {
            var bound = EvidenceLowerBound(shape: shape, rowLimit: 8)
            for row in 0..<8 { bound.append(row: row, of: windows, mask: mask) }
            for index in bound.epsilon.indices { bound.epsilon[index] = 0.3 }
            let loss = bound.loss(parameters: network.parameters, beta: beta)
            var gradient = network.parameters
            bound.backward(parameters: network.parameters, beta: beta, gradient: &gradient)
            let (latents, outputs) = network.reconstruct(windows, mask: mask)
            let elbo = network.negativeELBO(of: windows, mask: mask, beta: beta, seed: seed)
            return [loss.bitPattern, elbo.bitPattern]
                + (gradient + latents.elements + outputs.elements).map { UInt64($0.bitPattern) }
        }
        #expect(results(windows) == results(others))
    }

    @Test func `a cell that is masked counts for nothing and one that is observed does`() {
        let shape = NetworkShape(inputCount: 3, hiddenCount: 4, latentCount: 1)
        let network = VariationalAutoencoder(shape: shape, seed: 1)
        let windows = Matrix(rows: 1, columns: 3, elements: [1, 2, 3])
        func reconstruction(_ mask: [Float]) -> Double {
            var bound = EvidenceLowerBound(shape: shape, rowLimit: 1)
            bound.append(row: 0, of: windows, mask: Matrix(rows: 1, columns: 3, elements: mask))
            return bound.forward(parameters: network.parameters, beta: 0).reconstruction
        }
        #expect(reconstruction([0, 0, 0]) == 0)
        #expect(reconstruction([0, 1, 0]) > 0.918)
    }
}
