internal import AnomalyDetection
internal import GRDB

extension Store {
    /// The alerts that a filter asks for, the newest first.
    package func alerts(_ filter: AlertFilter) async throws(StorageFailure) -> [AlertRecord] {
        try await read { db in
            try AlertRecord.fetch(
                db,
                where: """
                    (NOT ?1 OR a.resolved_ns IS NULL) AND (?2 IS NULL OR s.name GLOB ?2)
                    AND (?3 IS NULL OR a.resolved_ns IS NULL OR a.resolved_ns >= ?3)
                    """,
                order: "a.started_ns DESC, a.id DESC", limit: filter.limit,
                arguments: [filter.isOpen, filter.streamPattern, filter.since?.nanoseconds])
        }
    }

    /// The alert with this id, if there is one.
    package func alert(_ id: Int64) async throws(StorageFailure) -> AlertRecord? {
        try await read { db in
            try AlertRecord.fetch(db, where: "a.id = ?", order: "a.id", arguments: [id]).first
        }
    }

    /// All streams, or those whose name matches a pattern of `*`, `?` and `[...]`, by name.
    package func streamSummaries(matching pattern: String? = nil) async throws(StorageFailure) -> [StreamSummary] {
        try await read { db in
            var channels: [Int64: [String]] = [:]
            let names = try Row.fetchCursor(db, sql: "SELECT stream_id, name FROM channel ORDER BY stream_id, position")
            while let row = try names.next() { channels[row[0], default: []].append(row[1]) }
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT s.id, s.name, (SELECT max(time_ns) FROM reading WHERE stream_id = s.id),
                        (SELECT version FROM model WHERE stream_id = s.id AND status = 'live'),
                        (SELECT max(id) FROM alert WHERE stream_id = s.id AND resolved_ns IS NULL),
                        t.phase, t.readings, t.readings_needed, t.threshold, t.threshold_provisional, t.detail,
                        t.asked_alarms, t.asked_period_ns, f.asked, f.observed, f.since_ns, f.through_ns,
                        (
                            SELECT f.stream_pattern FROM model m
                            JOIN fleet_model w ON w.id = m.fleet_model_id JOIN fleet f ON f.id = w.fleet_id
                            WHERE m.stream_id = s.id AND m.status = 'live'
                        )
                    FROM stream s LEFT JOIN stream_state t ON t.stream_id = s.id
                    LEFT JOIN false_alarms f ON f.stream = s.name
                    WHERE ?1 IS NULL OR s.name GLOB ?1
                    ORDER BY s.name
                    """,
                arguments: [pattern])
            return rows.map { row in
                StreamSummary(
                    stream: StreamRecord(
                        id: StreamID(rowID: row[0]), name: row[1], channels: channels[row[0]] ?? []),
                    status: row.hasNull(atIndex: 5) ? nil : StreamStatus(row, from: 5),
                    lastReadingAt: (row[2] as Int64?).map(Timestamp.init(nanoseconds:)), liveModelVersion: row[3],
                    alarms: ObservedAlarms(row, from: 13), fleetPattern: row[17], openAlertID: row[4])
            }
        }
    }
}
