package import AnomalyDetection

/// A time in which nobody is told of some streams' alerts: a silence, or maintenance.
package struct QuietPeriod: Sendable, Equatable {
    /// What such a time is for; the raw value is the table that holds it.
    package enum Kind: String, Sendable {
        /// Nobody wants to be told, by the wall clock.
        case silence
        /// The streams are worked on, by their readings' time.
        case maintenance = "maintenance_period"
    }

    /// Its number among its kind.
    package var id: Int64
    /// Which streams.
    package var streams: GlobPattern
    /// When it begins.
    package var start: Timestamp
    /// When it ends; nil until somebody ends it.
    package var end: Timestamp?
    /// Why.
    package var reason: String?

    /// A time; which streams, says a pattern of `*`, `?` and `[...]`.
    package init(id: Int64, streamPattern: String, start: Timestamp, end: Timestamp?, reason: String? = nil) {
        self.id = id
        streams = GlobPattern(streamPattern)
        self.start = start
        self.end = end
        self.reason = reason
    }

    /// Whether it includes a time; its end is not part of it.
    package func includes(_ time: Timestamp) -> Bool {
        start <= time && end.map { time < $0 } ?? true
    }
}
