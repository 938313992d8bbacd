package import AnomalyDetection

/// Which alerts are asked for.
package struct AlertFilter: Sendable, Equatable {
    /// Only those that fire now.
    package var isOpen = false
    /// Only those of streams whose name matches this pattern of `*`, `?` and `[...]`.
    package var streamPattern: String?
    /// Only those that had not ended by this time.
    package var since: Timestamp?
    /// At most so many, the newest.
    package var limit: Int

    /// A filter.
    package init(isOpen: Bool = false, streamPattern: String? = nil, since: Timestamp? = nil, limit: Int = 100) {
        self.isOpen = isOpen
        self.streamPattern = streamPattern
        self.since = since
        self.limit = limit
    }
}
