package import AnomalyDetection

/// A stream and how the detector stands with it.
package struct StreamSummary: Sendable, Equatable {
    /// The stream's number, name and channels.
    package var stream: StreamRecord
    /// Where the detector stands with it; nil before its first commit.
    package var status: StreamStatus?
    /// The time of its newest reading.
    package var lastReadingAt: Timestamp?
    /// The version of its live model.
    package var liveModelVersion: Int?
    /// The alerts that it raised beside those that were asked for; nil before its first score.
    package var alarms: ObservedAlarms?
    /// The glob of the fleet whose weights that model has; nil where they are its own.
    package var fleetPattern: String?
    /// The alert that fires, if one does.
    package var openAlertID: Int64?
}
