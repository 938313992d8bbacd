import LinearAlgebra
package import VAE

/// How badly the network rebuilds the window: the mean over the observed cells of the squared error in units of the cell's mean
/// square in training.
package struct Rebuild: EvidencePart, Equatable {
    package let layout: WindowLayout
    package var kind: EvidenceKind { .rebuild }
    package var weight: Float { 1 }

    /// For each cell one over the mean square of its error in training, (width).
    package let inverseVariances: [Float]
    /// The mean error that counts as one.
    package internal(set) var scale: Float
    /// The autoencoder that rebuilds in place of the model's network, where the detector asks for one with two decoders. The error is
    /// then the mean of that of its first and of its second pass.
    package let adversarial: AdversarialAutoencoder?

    /// A part from what it learned.
    package init(
        layout: WindowLayout, inverseVariances: [Float], scale: Float, adversarial: AdversarialAutoencoder? = nil
    ) {
        precondition(inverseVariances.count == layout.width, "a variance is needed for each of \(layout.width) cells")
        self.layout = layout
        self.inverseVariances = inverseVariances
        self.scale = scale
        self.adversarial = adversarial
    }

    package func reserve(in scratch: inout EvidenceScratch) {
        guard let adversarial else { return }
        scratch.reserve(rebuilt: layout.width)
        _ = scratch.adversarialIndex(of: adversarial.shape)
    }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into ratios: inout [Float]) {
        errors(windows, scratch: &scratch, into: &ratios)
        for row in 0..<windows.count { ratios[row] /= scale }
    }

    /// Writes the mean error of each window, not yet divided by ``scale``.
    package func errors(_ windows: WindowBlock, scratch: inout EvidenceScratch, into errors: inout [Float]) {
        if let adversarial {
            rebuild(windows, with: adversarial, &scratch)
            for row in 0..<windows.count {
                errors[row] =
                    (error(windows, row: row, scratch.firstPass) + error(windows, row: row, scratch.secondPass)) / 2
            }
        } else if let rebuilt = scratch.pass?.rebuilt {
            for row in 0..<windows.count { errors[row] = error(windows, row: row, rebuilt) }
        }
    }

    private func rebuild(
        _ windows: WindowBlock, with network: AdversarialAutoencoder, _ scratch: inout EvidenceScratch
    ) {
        let cells = 0..<(windows.count * layout.width)
        for cell in cells { scratch.mask[cell] = windows.presence[cell] == Presence.observed ? 1 : 0 }
        let memory = scratch.adversarialIndex(of: network.shape)
        Self.rebuild(
            windows, with: network, mask: scratch.mask, rebuilt: &scratch.firstPass, again: &scratch.secondPass,
            memory: &scratch.adversarialNetworks[memory].memory)
    }

    private static func rebuild(
        _ windows: WindowBlock, with network: AdversarialAutoencoder, mask: [Float], rebuilt: inout [Float],
        again: inout [Float], memory: inout AdversarialAutoencoder.Scratch
    ) {
        let cells = 0..<(windows.count * windows.layout.width)
        var allRebuilt = rebuilt.mutableSpan
        var reconstructions = allRebuilt._mutatingExtracting(cells)
        var allAgain = again.mutableSpan
        var secondPass = allAgain._mutatingExtracting(cells)
        network.reconstruct(
            windows.values.span.extracting(cells), mask: windows.isComplete ? nil : mask.span.extracting(cells),
            count: windows.count, reconstructions: &reconstructions, secondPass: &secondPass, scratch: &memory)
    }

    private func error(_ windows: WindowBlock, row: Int, _ rebuilt: [Float]) -> Float {
        let cells = (row * layout.width)..<((row + 1) * layout.width)
        let (window, rebuilt) = (windows.values.span.extracting(cells), rebuilt.span.extracting(cells))
        if windows.isComplete(row: row) {
            return sumEach(window, with: rebuilt, inverseVariances.span) { ($0 - $1) * ($0 - $1) * $2 }
                / Float(layout.width)
        }
        let presence = windows.presence.span.extracting(cells)
        var sum: Float = 0
        var observed = 0
        for cell in window.indices where presence[cell] == Presence.observed {
            let difference = window[cell] - rebuilt[cell]
            sum += difference * difference * inverseVariances[cell]
            observed += 1
        }
        return sum / Float(max(1, observed))
    }

    package func explain(_ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch) -> EvidenceExplanation {
        let (width, channelCount) = (layout.width, layout.channels.count)
        let rebuilt = adversarial == nil ? scratch.pass?.rebuilt ?? [] : scratch.firstPass
        var shares = [Double](repeating: 0, count: channelCount)
        for cell in 0..<width where windows.presence[row * width + cell] == Presence.observed {
            let difference = windows.values[row * width + cell] - rebuilt[row * width + cell]
            shares[cell % channelCount] += Double(difference * difference * inverseVariances[cell])
        }
        let newest = width - channelCount
        return EvidenceExplanation(
            shares: shares, expected: (0..<channelCount).map { rebuilt[row * width + newest + $0] },
            deviation: inverseVariances[newest...].map { (1 / $0).squareRoot() })
    }
}
