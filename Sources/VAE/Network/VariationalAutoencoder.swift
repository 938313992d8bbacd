import LinearAlgebra
import RealModule

/// A dense variational autoencoder (Kingma and Welling 2013): a shape and its parameters.
///
/// The encoder takes a window (D) through a hidden layer (H) to the mean and the log-variance of the latent variables
/// (L); the decoder takes them through a hidden layer (H) back to a window (D). It is a value: training makes another.
package struct VariationalAutoencoder: Sendable, Equatable {
    /// The sizes and kinds.
    package let shape: NetworkShape
    /// All parameters, in the order encoder, mean, log-variance, decoder, output (of each the weights, input × output,
    /// then the biases), and then the log-variance of each output's noise.
    package internal(set) var parameters: [Float]

    /// A network that has learned nothing: weights and biases uniform within ±1/√inputs, as in PyTorch, but for the
    /// log-variance's, which are 0 and −3 so that training begins with little noise, and the outputs' noise.
    package init(shape: NetworkShape, seed: UInt64) {
        let layout = ParameterLayout(shape)
        var source = RandomSource(seed: seed)
        var parameters = [Float](repeating: 0, count: layout.count)
        for layer in [layout.encoder, layout.mean, layout.decoder, layout.output] {
            let bound = 1 / Double(layer.inputCount).squareRoot()
            for index in layer.weights.lowerBound..<layer.bias.upperBound {
                parameters[index] = Float((source.uniform() * 2 - 1) * bound)
            }
        }
        for index in layout.logVariance.bias { parameters[index] = -3 }
        if case .fixed(let variance) = shape.outputNoise {
            for index in layout.outputNoise { parameters[index] = Float.log(variance) }
        }
        self.shape = shape
        self.parameters = parameters
    }

    /// A network of these parameters; traps when their number is not that of ``parameterCount(of:)``.
    package init(shape: NetworkShape, parameters: [Float]) {
        let count = Self.parameterCount(of: shape)
        precondition(parameters.count == count, "\(parameters.count) parameters for a shape that has \(count)")
        self.shape = shape
        self.parameters = parameters
    }

    /// The number of parameters that networks of a shape have.
    package static func parameterCount(of shape: NetworkShape) -> Int {
        ParameterLayout(shape).count
    }

    /// The noise variance of each output (D); it says nothing for a Bernoulli output.
    package var outputVariances: [Float] {
        ParameterLayout(shape).outputNoise.map { Float.exp(parameters[$0]) }
    }
}
