/// What a hidden layer does to its sums.
package enum Activation: UInt8, Sendable {
    case tanh = 0
    /// Nothing. The network is then a linear VAE, whose optimum is probabilistic PCA.
    case identity = 1
}

/// The distribution of an output of the decoder.
package enum OutputKind: UInt8, Sendable {
    /// A normal distribution: the output is its mean.
    case gaussian = 0
    /// A two-valued channel, 0 or 1: the output is the logit of its probability.
    case bernoulli = 1
}

/// The variance of the Gaussian outputs around their means.
package enum OutputNoise: Sendable, Equatable {
    /// Each output has its own, learned along with the weights; it starts at 1.
    case learned
    /// All have this variance, which must be positive.
    case fixed(Float)
}

/// The sizes and kinds that make a network; two networks of one shape have the same parameters.
package struct NetworkShape: Sendable, Equatable {
    /// No size may be larger: it bounds what a blob can make the reader allocate.
    package static let countLimit = 65_536
    /// The hidden units of a network that is not asked for others.
    package static let standardHiddenCount = 128
    /// The latent dimensions of a network that is not asked for others. Alone, on the univariate labelled series, 4 had a VUS-PR of
    /// 0.40 and 2 of 0.32.
    package static let standardLatentCount = 4

    /// The number of cells in a window, D.
    package let inputCount: Int
    /// The number of units in the encoder's hidden layer and in the decoder's, H.
    package let hiddenCount: Int
    /// The number of latent dimensions, L.
    package let latentCount: Int
    /// What the two hidden layers do to their sums.
    package let activation: Activation
    /// The distribution of each output (D).
    package let outputKinds: [OutputKind]
    /// The variance of the Gaussian outputs.
    package let outputNoise: OutputNoise

    /// A shape; without `outputKinds` all outputs are Gaussian. Traps when a count is not in 1…``countLimit``.
    package init(
        inputCount: Int, hiddenCount: Int = standardHiddenCount, latentCount: Int = standardLatentCount,
        activation: Activation = .tanh, outputKinds: [OutputKind]? = nil,
        outputNoise: OutputNoise = .learned
    ) {
        let outputKinds = outputKinds ?? Array(repeating: .gaussian, count: inputCount)
        for count in [inputCount, hiddenCount, latentCount] {
            precondition(count >= 1 && count <= Self.countLimit, "a layer of \(count) units")
        }
        precondition(outputKinds.count == inputCount, "\(outputKinds.count) kinds for \(inputCount) outputs")
        if case .fixed(let variance) = outputNoise {
            precondition(variance > 0 && variance.isFinite, "an output noise of variance \(variance)")
        }
        self.inputCount = inputCount
        self.hiddenCount = hiddenCount
        self.latentCount = latentCount
        self.activation = activation
        self.outputKinds = outputKinds
        self.outputNoise = outputNoise
    }

    /// The Bernoulli outputs, ascending.
    var bernoulliColumns: [Int] { outputKinds.indices.filter { outputKinds[$0] == .bernoulli } }
}
