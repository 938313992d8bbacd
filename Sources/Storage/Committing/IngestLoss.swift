package import AnomalyDetection

/// Input that came to nothing: so many of one kind. The store adds them up by the hour.
package struct IngestLoss: Sendable, Equatable {
    /// When it happened, by the wall clock; only its hour is kept.
    package var time: Timestamp
    /// The input.
    package var source: String
    /// Why it came to nothing.
    package var reason: String
    /// How many lines, datagrams or readings.
    package var count: Int
    /// The text of one of them; the first of the hour is kept.
    package var sample: String?

    /// A loss.
    package init(time: Timestamp, source: String, reason: String, count: Int, sample: String? = nil) {
        self.time = time
        self.source = source
        self.reason = reason
        self.count = count
        self.sample = sample
    }
}
