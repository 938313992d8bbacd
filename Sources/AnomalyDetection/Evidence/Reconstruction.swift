import LinearAlgebra
package import VAE

/// How badly the variational autoencoder rebuilds the window of characteristic length.
///
/// The error is the mean over the observed cells of the squared difference in units of the output noise that the network
/// learned for the cell.
package struct Reconstruction: EvidencePart {
    package let layout: WindowLayout
    package var kind: EvidenceKind { .reconstruction }
    package var scale: Float = 1
    package var weight: Float { 1 }
    package var fades: Bool { false }
    package var reconstructs: Bool { true }

    /// The trained network.
    package let network: VariationalAutoencoder
    private let noiseDeviations: [Float]

    /// The dimensions of the latent space.
    package var latentCount: Int { network.shape.latentCount }

    /// Evidence from a network whose inputs are windows of the layout.
    package init(network: VariationalAutoencoder, layout: WindowLayout, scale: Float = 1) {
        precondition(
            network.shape.inputCount == layout.width, "the network does not fit windows of \(layout.width) cells")
        self.network = network
        self.layout = layout
        self.scale = scale
        noiseDeviations = network.outputVariances.map { $0.squareRoot() }
    }

    private func rebuild(_ windows: WindowBlock, scratch: inout EvidenceScratch) {
        if !windows.isComplete {
            for cell in 0..<(windows.count * layout.width) {
                scratch.window[cell] = windows.presence[cell] == Presence.observed ? 1 : 0
            }
        }
        let memory = scratch.networkIndex(of: network.shape)
        rebuild(
            windows, mask: scratch.window, latent: &scratch.latent, rebuilt: &scratch.reconstruction,
            memory: &scratch.networks[memory].memory)
    }

    private func rebuild(
        _ windows: WindowBlock, mask: [Float], latent: inout [Float], rebuilt: inout [Float],
        memory: inout VariationalAutoencoder.Scratch
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

    package func reserve(in scratch: inout EvidenceScratch) {
        scratch.reserve(width: layout.width, latent: latentCount)
        _ = scratch.networkIndex(of: network.shape)
    }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into errors: inout [Float]) {
        rebuild(windows, scratch: &scratch)
        let width = layout.width
        for row in 0..<windows.count {
            let cells = (row * width)..<((row + 1) * width)
            let window = windows.values.span.extracting(cells)
            let rebuilt = scratch.reconstruction.span.extracting(cells)
            if windows.isComplete(row: row) {
                errors[row] = sumOfSquaredRatios(window, rebuilt, noiseDeviations.span) / Float(width)
            } else {
                errors[row] = observedError(window, rebuilt, windows.presence.span.extracting(cells))
            }
        }
    }

    private func observedError(_ window: Span<Float>, _ rebuilt: Span<Float>, _ presence: Span<Int8>) -> Float {
        var sum: Float = 0
        var observed = 0
        for cell in window.indices where presence[cell] == Presence.observed {
            let difference = (window[cell] - rebuilt[cell]) / noiseDeviations[cell]
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
                / noiseDeviations[cell]
            shares[cell % channelCount] += Double(difference * difference)
        }
        let newest = width - channelCount
        return EvidenceExplanation(
            shares: shares,
            expected: (0..<channelCount).map { scratch.reconstruction[row * width + newest + $0] },
            deviation: Array(noiseDeviations[newest...]))
    }
}
