package import AnomalyDetection
internal import GRDB

/// A message and how far it got, for people.
package struct DeliveryRecord: Sendable, Equatable {
    /// How far a message can get; the raw value is the word in the database.
    package enum State: String, Sendable {
        /// It is still to be sent.
        case pending
        /// The receiver has it.
        case delivered
        /// It was given up.
        case failed
    }

    /// A step of an alert that it tells.
    package struct Step: Sendable, Equatable {
        /// The alert.
        package var alertID: Int64
        /// The alert's stream.
        package var streamName: String
        /// What happened to the alert.
        package var transition: AlertTransition.Kind
    }

    /// Its number.
    package var id: Int64
    /// Why what it is about is in one message.
    package var kind: OutboxEntry.Kind
    /// What it is about.
    package var steps: [Step]
    /// Who is to get it.
    package var receiver: String
    /// The id that it has over all attempts.
    package var webhookID: String
    /// How far it got.
    package var state: State
    /// The attempts that were made.
    package var attempts: Int
    /// The HTTP status of the last attempt that got one.
    package var lastStatus: Int?
    /// What went wrong with the last attempt.
    package var lastError: String?
    /// When it was written.
    package var createdAt: Timestamp
    /// When it is to be sent next.
    package var dueAt: Timestamp
}

extension Store {
    /// Messages that wait or were given up, and delivered ones where these are wanted, the newest first, at most `limit`.
    package func deliveries(
        includingDelivered: Bool, limit: Int
    ) async throws(StorageFailure) -> [DeliveryRecord] {
        try await read { db in
            let records = try Row.fetchAll(
                db,
                sql: """
                    SELECT id, kind, receiver, webhook_id, state, attempts, last_status, last_error, created_ns, due_ns
                    FROM delivery WHERE ?1 OR state <> 'delivered'
                    ORDER BY id DESC LIMIT ?2
                    """,
                arguments: [includingDelivered, limit])
            let steps = try db.cachedStatement(
                sql: """
                    SELECT n.alert_id, s.name, n.transition
                    FROM notice n JOIN alert a ON a.id = n.alert_id JOIN stream s ON s.id = a.stream_id
                    WHERE n.delivery_id = ? ORDER BY n.id
                    """)
            return try records.map { row in
                DeliveryRecord(
                    id: row[0], kind: OutboxEntry.Kind(rawValue: row[1]) ?? .alerts,
                    steps: try Row.fetchAll(steps, arguments: [row[0] as Int64]).map { step in
                        DeliveryRecord.Step(
                            alertID: step[0], streamName: step[1],
                            transition: AlertTransition.Kind(rawValue: step[2]) ?? .updated)
                    },
                    receiver: row[2], webhookID: row[3],
                    state: DeliveryRecord.State(rawValue: row[4]) ?? .pending, attempts: row[5], lastStatus: row[6],
                    lastError: row[7], createdAt: Timestamp(nanoseconds: row[8]),
                    dueAt: Timestamp(nanoseconds: row[9]))
            }
        }
    }
}
