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

    /// Its number.
    package var id: Int64
    /// The alert that it is about.
    package var alertID: Int64
    /// The alert's stream.
    package var streamName: String
    /// Who is to get it.
    package var receiver: String
    /// What happened to the alert.
    package var transition: AlertTransition.Kind
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
            try Row.fetchAll(
                db,
                sql: """
                    SELECT d.id, d.alert_id, s.name, d.receiver, d.transition, d.webhook_id, d.state, d.attempts,
                        d.last_status, d.last_error, d.created_ns, d.due_ns
                    FROM delivery d JOIN alert a ON a.id = d.alert_id JOIN stream s ON s.id = a.stream_id
                    WHERE ?1 OR d.state <> 'delivered'
                    ORDER BY d.id DESC LIMIT ?2
                    """,
                arguments: [includingDelivered, limit]
            ).map { row in
                DeliveryRecord(
                    id: row[0], alertID: row[1], streamName: row[2], receiver: row[3],
                    transition: AlertTransition.Kind(rawValue: row[4]) ?? .updated, webhookID: row[5],
                    state: DeliveryRecord.State(rawValue: row[6]) ?? .pending, attempts: row[7], lastStatus: row[8],
                    lastError: row[9], createdAt: Timestamp(nanoseconds: row[10]),
                    dueAt: Timestamp(nanoseconds: row[11]))
            }
        }
    }
}
