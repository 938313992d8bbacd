internal import GRDB

extension Store {
    /// Counts for a scrape, as of one moment, read on a connection of its own. `streamLimit` bounds ``StoreMetrics/streamAlarms``.
    package func metrics(streamLimit: Int) async throws(StorageFailure) -> StoreMetrics {
        try await read { db in
            var metrics = StoreMetrics()
            metrics.streams = try Self.counts(
                "SELECT coalesce(t.phase, 'new'), count(*) FROM stream s LEFT JOIN stream_state t ON t.stream_id = s.id GROUP BY 1",
                labels: 1, in: db)
            metrics.readings = try Int.fetchOne(db, sql: "SELECT coalesce(sum(readings), 0) FROM stream_state") ?? 0
            metrics.losses = try Self.counts(
                "SELECT source, reason, sum(count) FROM loss GROUP BY 1, 2", labels: 2, in: db)
            metrics.alerts = try Self.counts("SELECT kind, count(*) FROM alert GROUP BY 1", labels: 1, in: db)
            metrics.firing = try Self.counts(
                "SELECT kind, count(*) FROM alert WHERE resolved_ns IS NULL GROUP BY 1", labels: 1, in: db)
            metrics.verdicts = try Self.counts(
                """
                SELECT verdict, count(*) FROM alert_feedback f
                WHERE NOT EXISTS (SELECT 1 FROM alert_feedback g WHERE g.alert_id = f.alert_id AND g.id > f.id)
                GROUP BY 1
                """, labels: 1, in: db)
            metrics.trainings = try Self.counts(
                "SELECT reason, verdict, count(*) FROM training_run GROUP BY 1, 2", labels: 2, in: db)
            metrics.deliveries = try Self.counts(
                "SELECT receiver, state, count(*) FROM delivery GROUP BY 1, 2", labels: 2, in: db)
            if let row = try Row.fetchOne(
                db, sql: "SELECT coalesce(sum(asked), 0.0), coalesce(sum(observed), 0) FROM false_alarms")
            {
                (metrics.alarmsAsked, metrics.alarmsObserved) = (row[0], row[1])
            }
            metrics.streamAlarms = try Row.fetchAll(
                db,
                sql: """
                    SELECT stream, asked, observed, since_ns, through_ns FROM false_alarms
                    ORDER BY observed - asked DESC, stream LIMIT ?
                    """,
                arguments: [streamLimit]
            ).compactMap { row in
                ObservedAlarms(row, from: 1).map { StoreMetrics.StreamAlarms(stream: row[0], alarms: $0) }
            }
            return metrics
        }
    }

    /// Rows of so many labels and a count.
    private static func counts(_ sql: String, labels: Int, in db: Database) throws -> [StoreMetrics.Count] {
        try Row.fetchAll(db, sql: sql).map { row in
            StoreMetrics.Count(labels: (0..<labels).map { row[$0] }, value: row[labels])
        }
    }
}
