package import AnomalyDetection
internal import GRDB

/// The alerts that a stream raised and nobody confirmed, beside how many were asked for in that time.
///
/// The time is the stream's own: its newest thirty days with scores, or as long as one alert was asked for in, where that is longer.
package struct ObservedAlarms: Sendable, Equatable {
    /// The alerts that the budget asks for in this time.
    package var asked: Double
    /// The alerts that were raised.
    package var observed: Int
    /// The first reading of this time.
    package var since: Timestamp
    /// The last.
    package var through: Timestamp

    /// Nanoseconds from the first reading to the last.
    package var duration: Int64 { through.nanoseconds(since: since) }
}

extension ObservedAlarms {
    /// Four columns of the view `false_alarms`; nil where they are null.
    init?(_ row: Row, from column: Int) {
        guard let asked = row[column] as Double? else { return nil }
        self.init(
            asked: asked, observed: row[column + 1], since: Timestamp(nanoseconds: row[column + 2]),
            through: Timestamp(nanoseconds: row[column + 3]))
    }
}
