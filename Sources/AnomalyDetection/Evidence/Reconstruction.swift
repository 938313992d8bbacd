import LinearAlgebra
package import VAE

/// How badly an autoencoder rebuilds the window of characteristic length.
///
/// The error is the mean over the observed cells of the squared difference in units of the cell's deviation in training.
/// For an adversarial autoencoder it is the mean of that and of the same for the second pass.
package struct Reconstruction: EvidencePart, Equatable {
    package let layout: WindowLayout
    package var kind: EvidenceKind { .reconstruction }
    package var scale: Float = 1
    /// The share by which the network misses held-out windows less than as many principal components do, 0 to 1. Where it is 0,
    /// all that a network can find in the stream is linear, and other evidence has that; it then rebuilds windows, no more.
    package var weight: Float = 1
    package var fades: Bool { false }
    package var reconstructs: Bool { true }

    /// The networks that can do it.
    package enum Network: Sendable, Equatable {
        /// A variational, plain or denoising autoencoder: they differ in their training alone.
        case variational(VariationalAutoencoder)
        /// An autoencoder with two decoders that were trained against each other.
        case adversarial(AdversarialAutoencoder)

        /// The number of cells in a window.
        package var inputCount: Int {
            switch self {
            case .variational(let network): network.shape.inputCount
            case .adversarial(let network): network.shape.inputCount
            }
        }

        /// The number of units in a hidden layer.
        package var hiddenCount: Int {
            switch self {
            case .variational(let network): network.shape.hiddenCount
            case .adversarial(let network): network.shape.hiddenCount
            }
        }

        /// The dimensions of the latent space.
        package var latentCount: Int {
            switch self {
            case .variational(let network): network.shape.latentCount
            case .adversarial(let network): network.shape.latentCount
            }
        }
    }

    /// The trained network.
    package let network: Network
    /// For each cell the deviation of its rebuilt value from its own in training, (width).
    package let deviations: [Float]

    /// The dimensions of the latent space.
    package var latentCount: Int { network.latentCount }

    /// The variational autoencoder; nil where the network is another.
    package var variational: VariationalAutoencoder? {
        if case .variational(let network) = network { network } else { nil }
    }

    /// Evidence from a network whose inputs are windows of the layout. Without deviations those of a fixed unit noise count.
    package init(
        network: Network, layout: WindowLayout, deviations: [Float]? = nil, scale: Float = 1, weight: Float = 1
    ) {
        precondition(network.inputCount == layout.width, "the network does not fit windows of \(layout.width) cells")
        self.network = network
        self.layout = layout
        self.scale = scale
        self.weight = weight
        self.deviations = deviations ?? [Float](repeating: 1, count: layout.width)
        precondition(self.deviations.count == layout.width, "a deviation is needed for each of \(layout.width) cells")
    }

    private func rebuild(_ windows: WindowBlock, scratch: inout EvidenceScratch) {
        if !windows.isComplete {
            for cell in 0..<(windows.count * layout.width) {
                scratch.window[cell] = windows.presence[cell] == Presence.observed ? 1 : 0
            }
        }
        switch network {
        case .variational(let network):
            let memory = scratch.networkIndex(of: network.shape)
            rebuild(
                windows, with: network, mask: scratch.window, latent: &scratch.latent,
                rebuilt: &scratch.reconstruction, memory: &scratch.networks[memory].memory)
        case .adversarial(let network):
            let memory = scratch.networkIndex(of: network.shape)
            rebuild(
                windows, with: network, mask: scratch.window, rebuilt: &scratch.reconstruction,
                again: &scratch.secondPass, memory: &scratch.adversarialNetworks[memory].memory)
        }
    }

    private func rebuild(
        _ windows: WindowBlock, with network: VariationalAutoencoder, mask: [Float], latent: inout [Float],
        rebuilt: inout [Float], memory: inout VariationalAutoencoder.Scratch
    ) {
        let cells = 0..<(windows.count * layout.width)
        var allLatents = latent.mutableSpan
        var latents = allLatents._mutatingExtracting(0..<(windows.count * latentCount))
        var allRebuilt = rebuilt.mutableSpan
        var reconstructions = allRebuilt._mutatingExtracting(cells)
        network.reconstruct(
            windows.values.span.extracting(cells), mask: windows.isComplete ? nil : mask.span.extracting(cells),
            count: windows.count, latents: &latents, reconstructions: &reconstructions, scratch: &memory)
    }

    private func rebuild(
        _ windows: WindowBlock, with network: AdversarialAutoencoder, mask: [Float], rebuilt: inout [Float],
        again: inout [Float], memory: inout AdversarialAutoencoder.Scratch
    ) {
        let cells = 0..<(windows.count * layout.width)
        var allRebuilt = rebuilt.mutableSpan
        var reconstructions = allRebuilt._mutatingExtracting(cells)
        var allAgain = again.mutableSpan
        var secondPass = allAgain._mutatingExtracting(cells)
        network.reconstruct(
            windows.values.span.extracting(cells), mask: windows.isComplete ? nil : mask.span.extracting(cells),
            count: windows.count, reconstructions: &reconstructions, secondPass: &secondPass, scratch: &memory)
    }

    package func reserve(in scratch: inout EvidenceScratch) {
        scratch.reserve(width: layout.width, latent: latentCount)
        switch network {
        case .variational(let network): _ = scratch.networkIndex(of: network.shape)
        case .adversarial(let network): _ = scratch.networkIndex(of: network.shape)
        }
    }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into errors: inout [Float]) {
        rebuild(windows, scratch: &scratch)
        for row in 0..<windows.count { errors[row] = error(windows, row: row, scratch.reconstruction) }
        guard case .adversarial = network else { return }
        for row in 0..<windows.count { errors[row] = (errors[row] + error(windows, row: row, scratch.secondPass)) / 2 }
    }

    private func error(_ windows: WindowBlock, row: Int, _ rebuilt: [Float]) -> Float {
        let cells = (row * layout.width)..<((row + 1) * layout.width)
        let window = windows.values.span.extracting(cells)
        let rebuilt = rebuilt.span.extracting(cells)
        return windows.isComplete(row: row)
            ? sumOfSquaredRatios(window, rebuilt, deviations.span) / Float(layout.width)
            : observedError(window, rebuilt, windows.presence.span.extracting(cells))
    }

    private func observedError(_ window: Span<Float>, _ rebuilt: Span<Float>, _ presence: Span<Int8>) -> Float {
        var sum: Float = 0
        var observed = 0
        for cell in window.indices where presence[cell] == Presence.observed {
            let difference = (window[cell] - rebuilt[cell]) / deviations[cell]
            sum += difference * difference
            observed += 1
        }
        return sum / Float(max(1, observed))
    }

    package func explain(
        _ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch
    ) -> EvidenceExplanation {
        rebuild(windows, scratch: &scratch)
        let (width, channelCount) = (layout.width, layout.channels.count)
        var shares = [Double](repeating: 0, count: channelCount)
        for cell in 0..<width where windows.presence[row * width + cell] == Presence.observed {
            let difference =
                (windows.values[row * width + cell] - scratch.reconstruction[row * width + cell])
                / deviations[cell]
            shares[cell % channelCount] += Double(difference * difference)
        }
        let newest = width - channelCount
        return EvidenceExplanation(
            shares: shares,
            expected: (0..<channelCount).map { scratch.reconstruction[row * width + newest + $0] },
            deviation: Array(deviations[newest...]))
    }
}
