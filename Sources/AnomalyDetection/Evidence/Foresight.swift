import VAE

/// How badly the network foretold the newest readings: the largest over its horizons of the squared error in units of its variance
/// in training, averaged over channels and the newest slots.
package struct Foresight: EvidencePart, Equatable {
    /// With fewer errors than this for each channel nothing can be said.
    static let fewestSlots = 8

    package let layout: WindowLayout
    package var kind: EvidenceKind { .foresight }
    package var weight: Float { 1 }

    /// How many slots ahead is foretold.
    package let horizons: [Int]
    /// For each horizon and channel one over the variance of the error in training, (H·d).
    package let inverseVariances: [Float]
    /// For each horizon the averaged error that counts as one.
    package internal(set) var scales: [Float]

    /// A part from what it learned.
    package init(layout: WindowLayout, horizons: [Int], inverseVariances: [Float], scales: [Float]) {
        precondition(inverseVariances.count == horizons.count * layout.channels.count)
        precondition(scales.count == horizons.count)
        self.layout = layout
        self.horizons = horizons
        self.inverseVariances = inverseVariances
        self.scales = scales
    }

    package func reserve(in scratch: inout EvidenceScratch) { scratch.reserve(channels: layout.channels.count) }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into ratios: inout [Float]) {
        let channelCount = layout.channels.count
        for row in 0..<windows.count {
            let slot = scratch.slots[row]
            observe(windows, row: row, slot: slot, &scratch)
            ratios[row] = .nan
            let channels = (row * channelCount)..<((row + 1) * channelCount)
            for share in channels { scratch.foresightShares[share] = 0 }
            for index in horizons.indices {
                let (sum, count) = scratch.foresight.sum(horizon: index, byChannel: &scratch.foresightSums)
                guard count >= Self.fewestSlots * channelCount else { continue }
                let ratio = sum / Float(count) / scales[index]
                guard !(ratio <= ratios[row]) else { continue }
                ratios[row] = ratio
                for (channel, share) in channels.enumerated() {
                    scratch.foresightShares[share] = scratch.foresightSums[channel]
                }
            }
        }
    }

    private func observe(_ windows: WindowBlock, row: Int, slot: Int, _ scratch: inout EvidenceScratch) {
        guard let all = scratch.pass?.foretold else { return }
        let newest = ((row + 1) * layout.width - layout.channels.count)..<((row + 1) * layout.width)
        scratch.foresight.observe(
            slot: slot, values: windows.values.span.extracting(newest),
            presence: windows.presence.span.extracting(newest), inverseVariances: inverseVariances)
        // What a window foretells of which too much is made up would count as an error long after the window has moved past the gap.
        guard windows.canBeSeen(row: row, usualGap: scratch.usualGap) else { return }
        let foretold = row * inverseVariances.count..<(row + 1) * inverseVariances.count
        scratch.foresight.note(all.span.extracting(foretold), slot: slot)
    }

    package func explain(_ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch) -> EvidenceExplanation {
        let channelCount = layout.channels.count
        return EvidenceExplanation(
            shares: (0..<channelCount).map { Double(scratch.foresightShares[row * channelCount + $0]) })
    }
}
