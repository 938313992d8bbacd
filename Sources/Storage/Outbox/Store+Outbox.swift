package import AnomalyDetection
internal import GRDB

extension Store {
    /// SQL for a message whose turn it is: of the messages to one receiver about one alert, only the oldest that is
    /// pending, so that nobody hears of an end before the beginning.
    private static let isNext = """
        state = 'pending' AND NOT EXISTS (
            SELECT 1 FROM delivery earlier
            WHERE earlier.receiver = delivery.receiver AND earlier.alert_id = delivery.alert_id
                AND earlier.state = 'pending' AND earlier.id < delivery.id)
        """

    /// The messages that are to be sent by `time`, the longest due first, at most `limit`.
    ///
    /// A message waits for the earlier ones about the same alert to the same receiver.
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
                    SELECT id, alert_id, webhook_id, receiver, transition, payload, coalesce(retry_from_ns, created_ns), due_ns,
                        attempts
                    FROM delivery
                    WHERE \(Self.isNext) AND due_ns <= ? AND (?2 IS NULL OR receiver = ?2)
                    ORDER BY due_ns, id
                    """,
                arguments: [time.nanoseconds, receiver])
            var deliveries: [Delivery] = []
            while deliveries.count < limit, let row = try rows.next() {
                if !excluded.contains(row[0]) { deliveries.append(Self.delivery(row)) }
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

    /// Makes a message due again that was given up, as if it had been written now, under the same id; returns whether there is
    /// such a message.
    package func retryDelivery(_ id: Int64, at time: Timestamp) async throws(StorageFailure) -> Bool {
        try await write { db in
            try db.execute(
                sql: """
                    UPDATE delivery SET state = 'pending', attempts = 0, due_ns = ?1, retry_from_ns = ?1
                    WHERE id = ?2 AND state = 'failed'
                    """,
                arguments: [time.nanoseconds, id])
            return db.changesCount == 1
        }
    }

    private static func delivery(_ row: Row) -> Delivery {
        Delivery(
            id: row[0],
            entry: OutboxEntry(
                alertID: row[1], webhookID: row[2], receiver: row[3],
                transition: AlertTransition.Kind(rawValue: row[4]) ?? .updated, payload: row[5],
                createdAt: Timestamp(nanoseconds: row[6]), dueAt: Timestamp(nanoseconds: row[7])),
            attempts: row[8])
    }
}
