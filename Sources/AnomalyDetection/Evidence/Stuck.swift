import RealModule

/// A channel that moves less than it ever did.
///
/// The error is the binary logarithm of how many times less, from 0 to 10, for the worst channel: the mean squared change from
/// slot to slot against the smallest that was normal. Standing still counts when it begins and becomes the context as
/// it lasts, so the part fades.
package struct Stuck: EvidencePart, Equatable {
    /// Changes looked at.
    package static let changeCount = 32
    /// What counts as the smallest normal movement: this quantile of training.
    package static let restQuantile = 0.005
    /// Added to both movements, so that one that is zero by nature stays harmless.
    private static let floor: Float = 1e-5

    package let layout: WindowLayout
    package var kind: EvidenceKind { .stuck }
    package var weight: Float { 1 }
    package var fades: Bool { true }
    package var needsReadings: Bool { false }

    /// For each channel of the layout the smallest normal movement.
    package let restMovements: [Float]

    /// A model from its stored parts.
    package init(channels: [Int], restMovements: [Float]) {
        layout = WindowLayout(length: Self.changeCount + 1, channels: channels)
        self.restMovements = restMovements
    }

    /// Learns the smallest normal movement from blocks of normal windows of ``layout(of:)``.
    package init(fittedTo blocks: [WindowBlock], channels: [Int]) {
        let probe = Stuck(channels: channels, restMovements: channels.map { _ in 0 })
        var movements = channels.map { _ in [Double]() }
        for block in blocks {
            for row in 0..<block.count {
                for channel in channels.indices {
                    if let movement = probe.movement(block, row: row, channel: channel) {
                        movements[channel].append(Double(movement))
                    }
                }
            }
        }
        self.init(
            channels: channels,
            restMovements: movements.map { $0.isEmpty ? 0 : Float(quantile(ofSorted: $0.sorted(), Self.restQuantile)) })
    }

    /// The windows that the part looks at.
    package static func layout(of channels: [Int]) -> WindowLayout {
        WindowLayout(length: changeCount + 1, channels: channels)
    }

    /// The mean squared change from slot to slot; nil when fewer than half of the changes can be seen.
    private func movement(_ windows: WindowBlock, row: Int, channel: Int) -> Float? {
        let channelCount = layout.channels.count
        let cells = (row * layout.width)..<((row + 1) * layout.width)
        let (values, presence) = (windows.values.span.extracting(cells), windows.presence.span.extracting(cells))
        var sum: Float = 0
        var count = 0
        for cell in stride(from: channel, to: values.count - channelCount, by: channelCount) {
            let next = cell + channelCount
            guard presence[cell] == Presence.observed, presence[next] == Presence.observed else { continue }
            let change = values[next] - values[cell]
            sum += change * change
            count += 1
        }
        return 2 * count >= Self.changeCount ? sum / Float(count) : nil
    }

    private func stillness(_ windows: WindowBlock, row: Int, channel: Int) -> Float {
        guard let movement = movement(windows, row: row, channel: channel) else { return 0 }
        let ratio = (restMovements[channel] + Self.floor) / (movement + Self.floor)
        return min(max(Float.log2(ratio), 0), 10)
    }

    package func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into errors: inout [Float]) {
        for row in 0..<windows.count {
            var worst: Float = 0
            for channel in layout.channels.indices {
                worst = max(worst, stillness(windows, row: row, channel: channel))
            }
            errors[row] = worst
        }
    }

    package func explain(
        _ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch
    ) -> EvidenceExplanation {
        EvidenceExplanation(
            shares: layout.channels.indices.map { Double(stillness(windows, row: row, channel: $0)) })
    }
}
