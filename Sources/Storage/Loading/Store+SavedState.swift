internal import AnomalyDetection
internal import Foundation
internal import GRDB

extension Store {
    /// What a detector needs to go on; a fixed number of queries, however many streams there are.
    ///
    /// - Throws: ``StorageFailure/corrupt(path:cause:)`` when the ids of the streams are not 1, 2, 3 and so on.
    package func savedState() async throws(StorageFailure) -> SavedState {
        let path = path
        return try await read { db in
            SavedState(
                streams: try Self.streams(in: db, path: path),
                states: try Self.states(in: db),
                openAlerts: try AlertRecord.fetch(db, where: "a.resolved_ns IS NULL", order: "a.id").map(\.alert),
                nextAlertID: try Int64.fetchOne(db, sql: "SELECT coalesce(max(id), 0) + 1 FROM alert") ?? 1,
                positions: try Row.fetchAll(
                    db, sql: "SELECT source, position, updated_ns FROM input_position ORDER BY source"
                ).map { row in
                    InputPosition(source: row[0], position: row[1], updatedAt: Timestamp(nanoseconds: row[2]))
                })
        }
    }

    private static func streams(in db: Database, path: String) throws -> [StreamRecord] {
        var streams: [StreamRecord] = []
        let names = try Row.fetchCursor(db, sql: "SELECT id, name FROM stream ORDER BY id")
        while let row = try names.next() {
            let id = StreamID(rowID: row[0])
            guard id.index == streams.count else {
                throw StorageFailure.corrupt(path: path, cause: "stream \(streams.count + 1) is missing")
            }
            streams.append(StreamRecord(id: id, name: row[1], channels: []))
        }
        let channels = try Row.fetchCursor(db, sql: "SELECT stream_id, name FROM channel ORDER BY stream_id, position")
        while let row = try channels.next() {
            streams[StreamID(rowID: row[0]).index].channels.append(row[1])
        }
        return streams
    }

    private static func states(in db: Database) throws -> [StreamID: StreamState] {
        var states: [StreamID: StreamState] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT stream_id, phase, readings, readings_needed, threshold, threshold_provisional, detail,
                    asked_alarms, asked_period_ns, state
                FROM stream_state
                """)
        while let row = try rows.next() {
            states[StreamID(rowID: row[0])] = StreamState(
                status: StreamStatus(row, from: 1), bytes: [UInt8](row[9] as Data))
        }
        return states
    }
}

extension StreamStatus {
    /// The status in eight columns of a row.
    init(_ row: Row, from column: Int) {
        self.init(
            phase: Phase(rawValue: row[column]) ?? .warmingUp, readings: row[column + 1],
            readingsNeeded: row[column + 2], threshold: row[column + 3], isThresholdProvisional: row[column + 4],
            falseAlarms: (row[column + 6] as Double?).map { count in
                FalseAlarmBudget(count: count, period: row[column + 7])
            },
            detail: row[column + 5])
    }
}
