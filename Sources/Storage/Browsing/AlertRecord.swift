package import AnomalyDetection
internal import GRDB

/// An alert with the names that people know.
package struct AlertRecord: Sendable, Equatable {
    /// The alert.
    package var alert: Alert
    /// The stream's name.
    package var streamName: String
    /// The version of the model that gave the peak score, if one is known.
    package var modelVersion: Int?
    /// The reading with whose settled score ``settledExtent`` became known; nil until then.
    package var settledAt: Timestamp?
    /// The first and the last of the alert's readings by settled scores; nil where they do not bear the alert out.
    package var settledExtent: ClosedRange<Timestamp>?
    /// Why nobody was told of it, such as `silence 3`; nil where it was told.
    package var heldBackBy: String?
    /// What was said of it last.
    package var verdict: AlertVerdict.Verdict?
    /// The time of the stream's newest reading.
    package var lastReadingAt: Timestamp?

    /// An alert of a stream, of which nothing more is known.
    package init(alert: Alert, streamName: String) {
        self.alert = alert
        self.streamName = streamName
    }
}

extension AlertRecord {
    /// The alerts for which an SQL condition holds.
    static func fetch(
        _ db: Database, where condition: String, order: String, limit: Int = -1, arguments: StatementArguments = []
    ) throws -> [AlertRecord] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT a.id, a.stream_id, a.started_ns, a.fired_ns, a.resolved_ns, a.peak_score, a.peak_ns,
                    a.threshold, a.provisional, a.model_id, a.shape, a.contributions, s.name, m.version,
                    a.settled_ns, a.settled_started_ns, a.settled_ended_ns,
                    (SELECT max(time_ns) FROM reading WHERE stream_id = s.id), a.kind, a.held_back_by,
                    (SELECT f.verdict FROM alert_feedback f WHERE f.alert_id = a.id ORDER BY f.id DESC LIMIT 1),
                    a.unit_change, a.clearing_threshold, a.window_readings, a.missing_readings, a.adapts_ns,
                    a.moved_since_ns
                FROM alert a JOIN stream s ON s.id = a.stream_id LEFT JOIN model m ON m.id = a.model_id
                WHERE \(condition) ORDER BY \(order) LIMIT \(limit)
                """,
            arguments: arguments
        ).map(AlertRecord.init(row:))
    }

    private init(row: Row) throws {
        alert = Alert(
            id: row[0], stream: StreamID(rowID: row[1]), kind: AlertKind(rawValue: row[18]) ?? .anomaly,
            startedAt: Timestamp(nanoseconds: row[2]),
            firedAt: Timestamp(nanoseconds: row[3]), resolvedAt: (row[4] as Int64?).map(Timestamp.init(nanoseconds:)),
            peakScore: row[5], peakAt: Timestamp(nanoseconds: row[6]), threshold: row[7], isProvisional: row[8],
            modelID: row[9] ?? 0, shape: FaultShape(rawValue: row[10]) ?? .unknown,
            unitChange: (row[21] as String?).flatMap(UnitChange.init(rawValue:)),
            contributions: try ContributionText.decode(row[11]), clearingThreshold: row[22],
            adaptsAt: (row[25] as Int64?).map(Timestamp.init(nanoseconds:)))
        if let readings = row[23] as Int?, let missing = row[24] as Int? {
            alert.window = WindowLoss(readings: readings, missing: missing)
        }
        alert.movedSince = (row[26] as Int64?).map(Timestamp.init(nanoseconds:))
        streamName = row[12]
        modelVersion = row[13]
        settledAt = (row[14] as Int64?).map(Timestamp.init(nanoseconds:))
        if let first = row[15] as Int64?, let last = row[16] as Int64?, first <= last {
            settledExtent = Timestamp(nanoseconds: first)...Timestamp(nanoseconds: last)
        }
        lastReadingAt = (row[17] as Int64?).map(Timestamp.init(nanoseconds:))
        heldBackBy = row[19]
        verdict = (row[20] as String?).flatMap(AlertVerdict.Verdict.init(rawValue:))
    }
}
