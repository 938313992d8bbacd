package import AnomalyDetection

/// All that a detector needs to go on where the last one stopped, as of one moment; models and readings apart.
package struct SavedState: Sendable, Equatable {
    /// All streams, in the order of their ids.
    package var streams: [StreamRecord]
    /// Where the detector stood with each stream.
    package var states: [StreamID: StreamState]
    /// The alerts that fire, in the order of their ids.
    package var openAlerts: [Alert]
    /// The id that the next alert gets.
    package var nextAlertID: Int64
    /// How far the inputs had been taken in.
    package var positions: [InputPosition]
}
