package import AnomalyDetection
internal import Foundation
internal import GRDB

extension Store {
    /// SQL for a message whose turn it is: none to the same receiver about one of its alerts is pending that was written before,
    /// so that nobody hears of an end before the beginning.
    private static let isNext = """
        state = 'pending' AND NOT EXISTS (
            SELECT 1 FROM notice mine
            JOIN notice other ON other.receiver = mine.receiver AND other.alert_id = mine.alert_id
                AND other.delivery_id < mine.delivery_id
            JOIN delivery earlier ON earlier.id = other.delivery_id
            WHERE mine.delivery_id = delivery.id AND earlier.state = 'pending')
        """

    /// The messages that are to be sent by `time`, the longest due first, at most `limit`.
    ///
    /// A message waits for the earlier ones about the same alerts to the same receiver.
    ///
    /// - Parameters:
    ///   - receiver: only those to this receiver; nil for all.
    ///   - excluded: messages to leave out, because they are being sent.
    package func dueDeliveries(
        at time: Timestamp, receiver: String? = nil, excluding excluded: Set<Int64> = [], limit: Int
    ) async throws(StorageFailure) -> [Delivery] {
        try await read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT id, kind, webhook_id, receiver, payload, coalesce(retry_from_ns, created_ns), due_ns, attempts
                    FROM delivery
                    WHERE \(Self.isNext) AND due_ns <= ? AND (?2 IS NULL OR receiver = ?2)
                    ORDER BY due_ns, id
                    """,
                arguments: [time.nanoseconds, receiver])
            var deliveries: [Delivery] = []
            while deliveries.count < limit, let row = try rows.next() {
                if !excluded.contains(row[0]) { deliveries.append(try Self.delivery(row, in: db)) }
            }
            return deliveries
        }
    }

    /// When the next message is to be sent, of those whose turn it is; nil when none is waiting.
    ///
    /// - Parameters:
    ///   - receiver: only messages to this receiver count; nil for all.
    ///   - excluded: messages that do not count, because they are being sent.
    package func nextDueTime(
        receiver: String? = nil, excluding excluded: Set<Int64> = []
    ) async throws(StorageFailure) -> Timestamp? {
        try await read { db in
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT id, due_ns FROM delivery
                    WHERE \(Self.isNext) AND (?1 IS NULL OR receiver = ?1)
                    ORDER BY due_ns, id
                    """,
                arguments: [receiver])
            while let row = try rows.next() {
                if !excluded.contains(row[0]) { return Timestamp(nanoseconds: row[1]) }
            }
            return nil
        }
    }

    /// Notes how an attempt to send a message ended. Does nothing to a message that is not pending any more.
    package func recordAttempt(_ id: Int64, outcome: DeliveryOutcome) async throws(StorageFailure) {
        try await write { db in
            switch outcome {
            case .delivered(let time, let status):
                try db.execute(
                    sql: """
                        UPDATE delivery SET state = 'delivered', attempts = attempts + 1, delivered_ns = ?,
                            last_status = ?, last_error = NULL
                        WHERE id = ? AND state = 'pending'
                        """,
                    arguments: [time.nanoseconds, status, id])
            case .retry(let dueAt, let status, let error):
                try db.execute(
                    sql: """
                        UPDATE delivery SET attempts = attempts + 1, due_ns = ?, last_status = ?, last_error = ?
                        WHERE id = ? AND state = 'pending'
                        """,
                    arguments: [dueAt.nanoseconds, status, error, id])
            case .failed(let status, let error):
                try db.execute(
                    sql: """
                        UPDATE delivery SET state = 'failed', attempts = attempts + 1, last_status = ?, last_error = ?
                        WHERE id = ? AND state = 'pending'
                        """,
                    arguments: [status, error, id])
            }
        }
    }

    /// What has to be known of earlier notices to go on telling. `since` is how far back the moments of messages count.
    package func savedNotices(since: Timestamp) async throws(StorageFailure) -> SavedNotices {
        try await read { db in
            var saved = SavedNotices()
            saved.waiting = try Self.notices(where: "n.delivery_id IS NULL", in: db)
            saved.begun = try Self.notices(
                where: "n.transition = 'fired' AND n.alert_id IN (SELECT id FROM alert WHERE resolved_ns IS NULL)",
                in: db)
            saved.moments = try Int64.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT d.created_ns FROM delivery d
                    WHERE d.created_ns > ? AND d.kind = 'alerts'
                        AND EXISTS (SELECT 1 FROM notice WHERE delivery_id = d.id AND transition = 'fired')
                    ORDER BY d.created_ns
                    """,
                arguments: [since.nanoseconds]
            ).map(Timestamp.init(nanoseconds:))
            return saved
        }
    }

    private static func notices(where condition: String, in db: Database) throws -> [Notice] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT n.alert_id, n.receiver, n.transition, n.own_id, n.labels, n.item, n.created_ns, n.for_digest
                FROM notice n WHERE \(condition) ORDER BY n.id
                """
        ).map { row in
            Notice(
                alertID: row[0], receiver: row[1], transition: AlertTransition.Kind(rawValue: row[2]) ?? .updated,
                ownID: row[3], labels: try LabelText.decode(row[4]), item: row[5] ?? "",
                createdAt: Timestamp(nanoseconds: row[6]), isForDigest: row[7])
        }
    }

    private static func delivery(_ row: Row, in db: Database) throws -> Delivery {
        let steps = try Row.fetchAll(
            db.cachedStatement(sql: "SELECT alert_id, transition FROM notice WHERE delivery_id = ? ORDER BY id"),
            arguments: [row[0] as Int64]
        ).map { step in
            OutboxEntry.Step(alertID: step[0], transition: AlertTransition.Kind(rawValue: step[1]) ?? .updated)
        }
        return Delivery(
            id: row[0],
            entry: OutboxEntry(
                steps: steps, kind: OutboxEntry.Kind(rawValue: row[1]) ?? .alerts, webhookID: row[2], receiver: row[3],
                payload: row[4], createdAt: Timestamp(nanoseconds: row[5]), dueAt: Timestamp(nanoseconds: row[6])),
            attempts: row[7])
    }
}

/// Labels as JSON, in the order of their names.
enum LabelText {
    static func encode(_ labels: [String: String]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(labels), as: UTF8.self)
    }

    static func decode(_ text: String) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    }
}
