import LinearAlgebra

/// An autoencoder with two decoders that are trained against each other (USAD; Audibert et al., KDD 2020).
///
/// One encoder E and two decoders make two autoencoders, AE1 = D1 ∘ E and AE2 = D2 ∘ E. AE1 learns to rebuild a window
/// so well that AE2 takes the result for a real window; AE2 learns to rebuild real windows well and AE1's badly. What AE1
/// leaves out of an odd window is then made larger by AE2, so the second pass AE2(AE1(w)) tells apart what one pass
/// would not.
///
/// The paper's data are scaled to 0…1 and its outputs are sigmoids. Windows here are standardized and have no bounds of
/// their own but the normalizer's ±8, so the outputs are linear and clipped there: a sigmoid stretched to ±8 would be
/// curved where nearly all values are. What bounded outputs do for the paper's training, a margin does here; see
/// ``AdversarialLoss``.
package struct AdversarialAutoencoder: Sendable, Equatable {
    /// The sizes that make a network; two networks of one shape have the same parameters.
    package struct Shape: Sendable, Equatable {
        /// The number of cells in a window, D.
        package let inputCount: Int
        /// The number of units in the hidden layer of the encoder and of each decoder, H; they are hyperbolic tangents.
        package let hiddenCount: Int
        /// The number of latent dimensions, L.
        package let latentCount: Int

        /// The latent dimensions of a network that is not asked for others.
        package static let standardLatentCount = 4

        /// A shape. Traps when a count is not in 1…``NetworkShape/countLimit``.
        package init(
            inputCount: Int, hiddenCount: Int = NetworkShape.standardHiddenCount,
            latentCount: Int = standardLatentCount
        ) {
            for count in [inputCount, hiddenCount, latentCount] {
                precondition(count >= 1 && count <= NetworkShape.countLimit, "a layer of \(count) units")
            }
            self.inputCount = inputCount
            self.hiddenCount = hiddenCount
            self.latentCount = latentCount
        }
    }

    /// Outputs are brought into ±this, the range of the normalizer's own.
    static let outputLimit: Float = 8

    /// The sizes.
    package let shape: Shape
    /// All parameters, in the order encoder (hidden layer, latent layer), first decoder (hidden layer, output), second
    /// decoder; of each layer the weights, input × output, then the biases.
    package let parameters: [Float]

    /// A network that has learned nothing: weights and biases uniform within ±1/√inputs, as in PyTorch.
    package init(shape: Shape, seed: UInt64) {
        let layout = AdversarialLayout(shape)
        var source = RandomSource(seed: seed)
        var parameters = [Float](repeating: 0, count: layout.count)
        for layer in layout.layers {
            let bound = 1 / Double(layer.inputCount).squareRoot()
            for index in layer.weights.lowerBound..<layer.bias.upperBound {
                parameters[index] = Float((source.uniform() * 2 - 1) * bound)
            }
        }
        self.shape = shape
        self.parameters = parameters
    }

    /// A network of these parameters; traps when their number is not that of ``parameterCount(of:)``.
    package init(shape: Shape, parameters: [Float]) {
        let count = Self.parameterCount(of: shape)
        precondition(parameters.count == count, "\(parameters.count) parameters for a shape that has \(count)")
        self.shape = shape
        self.parameters = parameters
    }

    /// The number of parameters that networks of a shape have.
    package static func parameterCount(of shape: Shape) -> Int {
        AdversarialLayout(shape).count
    }

    /// Brings outputs into their range; NaN is kept.
    static func clip(_ outputs: inout MutableSpan<Float>) {
        let limit = SIMD8<Float>(repeating: outputLimit)
        replaceEach(&outputs) { y in
            let below = y.replacing(with: limit, where: y .> limit)
            return below.replacing(with: -limit, where: below .< -limit)
        }
    }

    /// Sets the gradient of clipped outputs to 0 where they were clipped.
    static func differentiateClip(_ gradient: inout MutableSpan<Float>, outputs: Span<Float>) {
        let limit = SIMD8<Float>(repeating: outputLimit)
        replaceEach(&gradient, with: outputs) { dy, y in
            dy.replacing(with: 0, where: (y .>= limit) .| (y .<= -limit))
        }
    }
}
