/// What somebody knows of some streams and channels that no model can learn: what matters of them, and what not.
package struct StreamRule: Sendable, Equatable {
    /// In which direction a channel may leave what is expected for it to matter.
    package enum Direction: String, Sendable, CaseIterable {
        /// Above what is expected.
        case up
        /// Below what is expected.
        case down
        /// Any.
        case both
    }

    /// How severe an alert is where no rule says it.
    package static let usualSeverity = "warning"

    /// The streams that it is for.
    package var stream: GlobPattern
    /// The channels that it is for.
    package var channel: GlobPattern
    /// In which direction a channel has to leave what is expected; nil leaves it to other rules.
    package var direction: Direction?
    /// How far it has to, in the channel's unit.
    package var minDeviation: Double?
    /// How far it has to, as a share of what is expected.
    package var minRelativeDeviation: Double?
    /// The least value that is possible; a lower one is an alert.
    package var validFrom: Double?
    /// The largest value that is possible.
    package var validThrough: Double?
    /// Whether a channel does not count; nil leaves it to other rules.
    package var ignores: Bool?
    /// What receivers route alerts by, by the label's name; `severity` is one of them.
    package var labels: [String: String]

    /// A rule for some streams and channels, by default one that changes nothing.
    package init(
        stream: GlobPattern = .everything, channel: GlobPattern = .everything, direction: Direction? = nil,
        minDeviation: Double? = nil, minRelativeDeviation: Double? = nil, validFrom: Double? = nil,
        validThrough: Double? = nil, ignores: Bool? = nil, labels: [String: String] = [:]
    ) {
        self.stream = stream
        self.channel = channel
        self.direction = direction
        self.minDeviation = minDeviation
        self.minRelativeDeviation = minRelativeDeviation
        self.validFrom = validFrom
        self.validThrough = validThrough
        self.ignores = ignores
        self.labels = labels
    }

    /// Whether it is for this stream.
    package func covers(stream name: String) -> Bool { stream.matches(name) }

    /// Whether it is for this channel, on streams that it is for.
    package func covers(channel name: String) -> Bool { channel.matches(name) }

    /// Whether it is for every channel there may be.
    package var coversAllChannels: Bool { channel == .everything }
}
