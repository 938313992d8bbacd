import AnomalyDetection
import Daemon
import Storage

/// An alert as `--json` says it.
struct AlertDocument: Encodable {
    let id: Int64
    let stream: String
    let kind: String
    let state: String
    /// Why nobody was told of it.
    let heldBackBy: String?
    /// What was said of it last.
    let verdict: String?
    let startedAt: String
    let firedAt: String
    let resolvedAt: String?
    /// Since when normal has moved, for alerts of that kind.
    let movedSince: String?
    let settledStartedAt: String?
    let settledEndedAt: String?
    let settledAt: String?
    let durationSeconds: Double
    let peakScore: Double
    let peakAt: String
    let threshold: Double
    let isProvisional: Bool
    /// The score that it has to stay below to be over.
    let clearingThreshold: Double?
    /// When it counts as the new normal, should it last so long.
    let adaptsAt: String?
    let shape: String
    /// What became of the unit, such as `x1000`.
    let unitChange: String?
    /// The readings that the longest window at the peak has room for, and those of them that did not come.
    let windowReadings: Int?
    let missingReadings: Int?
    let modelVersion: Int?
    let contributions: [ChannelContribution]

    /// The document for a stored alert.
    init(_ record: AlertRecord) {
        self.init(
            record.alert, stream: record.streamName, modelVersion: record.modelVersion,
            lastKnownTime: record.lastKnownTime, settledAt: record.settledAt, settledExtent: record.settledExtent,
            heldBackBy: record.heldBackBy, verdict: record.verdict)
    }

    /// The document for an alert that ends, or is known to fire, at `lastKnownTime`.
    init(
        _ alert: Alert, stream: String, modelVersion: Int?, lastKnownTime: Timestamp, settledAt: Timestamp? = nil,
        settledExtent: ClosedRange<Timestamp>? = nil, heldBackBy: String? = nil,
        verdict: AlertVerdict.Verdict? = nil
    ) {
        id = alert.id
        kind = alert.kind.rawValue
        self.heldBackBy = heldBackBy
        self.verdict = verdict?.rawValue
        self.stream = stream
        state = alert.resolvedAt == nil ? "firing" : "resolved"
        startedAt = RFC3339.text(alert.startedAt)
        firedAt = RFC3339.text(alert.firedAt)
        resolvedAt = alert.resolvedAt.map(RFC3339.text)
        movedSince = alert.movedSince.map(RFC3339.text)
        settledStartedAt = (settledExtent?.lowerBound).map(RFC3339.text)
        settledEndedAt = (settledExtent?.upperBound).map(RFC3339.text)
        self.settledAt = settledAt.map(RFC3339.text)
        durationSeconds = Double(lastKnownTime.nanoseconds(since: alert.startedAt)) / 1e9
        peakScore = alert.peakScore
        peakAt = RFC3339.text(alert.peakAt)
        threshold = alert.threshold
        isProvisional = alert.isProvisional
        clearingThreshold = alert.clearingThreshold
        adaptsAt = alert.adaptsAt.map(RFC3339.text)
        shape = alert.shape.rawValue
        unitChange = alert.unitChange?.rawValue
        windowReadings = alert.window?.readings
        missingReadings = alert.window?.missing
        self.modelVersion = modelVersion
        contributions = alert.contributions
    }
}

extension AlertRecord {
    /// The end of the alert, or how far it is known while it fires: to the stream's newest reading.
    var lastKnownTime: Timestamp {
        alert.resolvedAt ?? max(alert.firedAt, lastReadingAt ?? alert.firedAt)
    }
}
