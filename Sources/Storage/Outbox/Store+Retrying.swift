package import AnomalyDetection
internal import GRDB

/// What came of asking for a message again that was given up.
package enum RetryOutcome: Sendable, Equatable {
    /// It is due, and so are these later messages about the same alerts that were given up.
    case due(with: [Int64])
    /// There is no such message that was given up.
    case notFound
    /// The receiver was told of the end of these alerts, and would be left with alerts that never end.
    case ended([Int64])
}

extension Store {
    /// Makes a message due again that was given up, as if it had been written now, under the same id.
    ///
    /// Later messages to the same receiver about the same alerts that were given up too become due with it: whoever hears of a
    /// beginning hears of the end. Where the end was delivered already, a beginning is not sent again.
    package func retryDelivery(_ id: Int64, at time: Timestamp) async throws(StorageFailure) -> RetryOutcome {
        try await write { db in
            let isFailed = try Bool.fetchOne(
                db, sql: "SELECT 1 FROM delivery WHERE id = ? AND state = 'failed'", arguments: [id])
            guard isFailed != nil else { return .notFound }
            let ended = try Int64.fetchAll(db, sql: laterSteps("mine.alert_id", state: "delivered"), arguments: [id])
            guard ended.isEmpty else { return .ended(ended) }
            let later = try Int64.fetchAll(db, sql: laterSteps("later.id", state: "failed"), arguments: [id])
            for message in [id] + later {
                try db.execute(
                    sql: """
                        UPDATE delivery SET state = 'pending', attempts = 0, due_ns = ?1, retry_from_ns = ?1
                        WHERE id = ?2 AND state = 'failed'
                        """,
                    arguments: [time.nanoseconds, message])
            }
            return .due(with: later)
        }
    }
}

/// SQL for what is told later, in messages in a state, of the ends of alerts whose beginning a message tells.
private func laterSteps(_ column: String, state: String) -> String {
    """
    SELECT DISTINCT \(column) FROM notice mine
    JOIN notice other ON other.receiver = mine.receiver AND other.alert_id = mine.alert_id
        AND other.transition = 'resolved' AND other.delivery_id > mine.delivery_id
    JOIN delivery later ON later.id = other.delivery_id
    WHERE mine.delivery_id = ? AND mine.transition = 'fired' AND later.state = '\(state)'
    ORDER BY 1
    """
}
