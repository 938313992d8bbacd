/// A constant or few-valued channel that shows a value never seen before, and a channel that never was missing and is now.
///
/// The error is the share of the newest slots with a reading in which that is so, for the worst channel.
package struct Novelty: EvidencePart, Equatable {
    /// Slots looked at.
    package static let length = 32
    /// A channel that was missing in at most this share of the training readings should not be missing.
    package static let missingShareLimit = 0.01

    package let layout: WindowLayout
    package var kind: EvidenceKind { .novelty }
    package var weight: Float { 3 }
    package var needsReadings: Bool { false }

    /// For each channel of the layout its known values, normalized; empty where every value is fine.
    package let knownValues: [[Float]]
    /// For each channel of the layout how far a value may lie from a known one.
    package let tolerances: [Float]
    /// For each channel of the layout whether it should not be missing.
    package let shouldReport: [Bool]

    /// A model from its stored parts.
    package init(channelCount: Int, knownValues: [[Float]], tolerances: [Float], shouldReport: [Bool]) {
        layout = WindowLayout(length: Self.length, channels: Array(0..<channelCount))
        self.knownValues = knownValues
        self.tolerances = tolerances
        self.shouldReport = shouldReport
    }

    /// Takes what is known of each channel of the stream from its profile; `watched` says of which channels the values count.
    package init(profiles: [ChannelProfile], watched: Set<Int>) {
        self.init(
            channelCount: profiles.count,
            knownValues: profiles.enumerated().map { index, profile in
                watched.contains(index) ? profile.knownValues.map { profile.normalized($0) } : []
            },
            tolerances: profiles.map { Float(1e-6 * (1 + abs($0.center)) / $0.spread) },
            shouldReport: profiles.map { $0.missingShare <= Self.missingShareLimit })
    }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into errors: inout [Float]) {
        for row in 0..<windows.count {
            var worst = 0
            for channel in 0..<layout.channels.count {
                worst = max(worst, novelSlotCount(windows, row: row, channel: channel))
            }
            errors[row] = Float(worst) / Float(layout.length)
        }
    }

    private func novelSlotCount(_ windows: WindowBlock, row: Int, channel: Int) -> Int {
        let channelCount = layout.channels.count
        guard !knownValues[channel].isEmpty || (shouldReport[channel] && !windows.isComplete) else { return 0 }
        var novel = 0
        for slot in 0..<layout.length {
            let cell = row * layout.width + slot * channelCount + channel
            switch windows.presence[cell] {
            case Presence.observed:
                guard !knownValues[channel].isEmpty else { continue }
                var isKnown = false
                for known in knownValues[channel] where abs(known - windows.values[cell]) <= tolerances[channel] {
                    isKnown = true
                }
                if !isKnown { novel += 1 }
            case Presence.missing:
                if shouldReport[channel] { novel += 1 }
            default:
                continue
            }
        }
        return novel
    }

    package func explain(
        _ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch
    ) -> EvidenceExplanation {
        EvidenceExplanation(
            shares: layout.channels.indices.map { Double(novelSlotCount(windows, row: row, channel: $0)) })
    }
}
