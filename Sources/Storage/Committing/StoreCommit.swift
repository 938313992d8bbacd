package import AnomalyDetection

/// All that has to become true together: one of these is one transaction.
package struct StoreCommit: Sendable {
    /// Streams that are new, and known ones whose list of channels has grown.
    package var streams: [StreamRecord] = []
    /// Readings with their scores, scores that came later, and steps in the life of alerts.
    package var detection = DetectionOutput()
    /// Alerts of which nobody is told for now, and why; nil where they are told after all.
    package var holdBacks: [Int64: String?] = [:]
    /// What is told of alerts, new or with another way to go.
    package var notices: [Notice] = []
    /// Messages to be sent; the notices that they hold are among ``notices`` or stored already.
    package var outbox: [OutboxEntry] = []
    /// Where the detector stands with the streams that have changed.
    package var states: [StreamID: StreamState] = [:]
    /// Scheduled models that score from now on; each replaces its stream's live one.
    package var liveModels: [Int64] = []
    /// How far the inputs have been taken in.
    package var positions: [InputPosition] = []
    /// Input that came to nothing since the last commit.
    package var losses: [IngestLoss] = []

    /// A commit of nothing.
    package init() {}
}
