package import VAE

/// How unlikely the newest readings were by what an attention forecaster foretold of them from those before in the window: the mean of
/// −log density over their observed values.
///
/// With n that mean the ratio is (n − m) / (q − m), and not below 0, where m is the median of normal windows and q their 99 % quantile.
/// A density has no zero that its logarithm could be divided from, so the quantile alone, as other parts have it, would be no scale.
/// One pass over a window says it all, so nothing is carried from one reading to the next.
package struct AttentionForesight: EvidencePart, Equatable {
    /// The newest slots that are judged: as many as ``Foresight`` averages over, and for the same reason.
    package static let judgedSlots = ForesightState.slotCount
    /// A scale is at least so many nats a value: where normal windows are all as likely, less than that is no sign of anything.
    package static let leastScale: Float = 0.05

    package let layout: WindowLayout
    package var kind: EvidenceKind { .foresight }
    package var weight: Float { 1 }

    /// The forecaster of the window's slots.
    package let network: CausalForecaster
    /// The mean of −log density of normal windows, their median, in nats a value: a ratio of 0.
    package let center: Float
    /// So much more is a ratio of 1.
    package let scale: Float
    /// The same median for each channel alone: a channel is behind a ratio by how far it is over its own.
    package let channelCenters: [Float]

    /// A part from what it learned.
    package init(
        layout: WindowLayout, network: CausalForecaster, center: Float, scale: Float, channelCenters: [Float]
    ) {
        precondition(
            network.shape.slotCount == layout.length && network.shape.channelCount == layout.channels.count,
            "the forecaster does not fit windows of \(layout.width) cells")
        precondition(channelCenters.count == layout.channels.count && scale > 0)
        self.layout = layout
        self.network = network
        self.center = center
        self.scale = scale
        self.channelCenters = channelCenters
    }

    package func reserve(in scratch: inout EvidenceScratch) {
        scratch.reserve(likelihoods: layout)
        _ = scratch.forecasterIndex(of: network.shape)
    }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into ratios: inout [Float]) {
        judge(windows, scratch: &scratch, into: &ratios)
        for row in 0..<windows.count { ratios[row] = ratio(ofMean: ratios[row]) }
    }

    /// The ratio of a window by its mean of −log density; NaN where that is.
    func ratio(ofMean mean: Float) -> Float {
        mean.isNaN ? .nan : max(0, (mean - center) / scale)
    }

    /// Writes the mean of −log density of each window's newest values, in nats; NaN where too few were observed.
    func judge(_ windows: WindowBlock, scratch: inout EvidenceScratch, into means: inout [Float]) {
        let (width, channelCount) = (layout.width, layout.channels.count)
        for cell in 0..<(windows.count * width) {
            scratch.mask[cell] = windows.presence[cell] == Presence.observed ? 1 : 0
        }
        let memory = scratch.forecasterIndex(of: network.shape)
        find(
            windows, mask: scratch.mask, likelihoods: &scratch.likelihoods,
            memory: &scratch.forecasters[memory].memory)
        for row in 0..<windows.count {
            var (sum, count) = (Float(0), 0)
            for channel in 0..<channelCount {
                let observed = judgedValues(of: channel, windows, row: row)
                guard observed > 0 else { continue }
                sum += Float(observed) * scratch.likelihoods[row * channelCount + channel]
                count += observed
            }
            means[row] = count >= Foresight.fewestSlots * channelCount ? sum / Float(count) : .nan
        }
    }

    private func find(
        _ windows: WindowBlock, mask: [Float], likelihoods: inout [Float], memory: inout CausalForecaster.Scratch
    ) {
        let cells = 0..<(windows.count * layout.width)
        var all = likelihoods.mutableSpan
        var results = all._mutatingExtracting(0..<(windows.count * layout.channels.count))
        network.negativeLogLikelihoods(
            of: windows.values.span.extracting(cells), mask: mask.span.extracting(cells), count: windows.count,
            newest: min(Self.judgedSlots, layout.length), into: &results, scratch: &memory)
    }

    /// How many values of a channel are judged in a window.
    private func judgedValues(of channel: Int, _ windows: WindowBlock, row: Int) -> Int {
        let channelCount = layout.channels.count
        var count = 0
        for slot in max(0, layout.length - Self.judgedSlots)..<layout.length
        where windows.presence[row * layout.width + slot * channelCount + channel] == Presence.observed { count += 1 }
        return count
    }

    package func explain(_ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch) -> EvidenceExplanation {
        let channelCount = layout.channels.count
        return EvidenceExplanation(
            shares: (0..<channelCount).map { channel in
                let observed = judgedValues(of: channel, windows, row: row)
                guard observed > 0 else { return 0 }
                let excess = scratch.likelihoods[row * channelCount + channel] - channelCenters[channel]
                return Double(max(0, excess)) * Double(observed)
            })
    }
}
