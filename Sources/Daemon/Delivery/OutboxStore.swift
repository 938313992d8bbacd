package import AnomalyDetection
package import Storage

/// Where messages wait to be sent.
package protocol OutboxStore: Sendable {
    /// The messages to a receiver that are to be sent by `time`, the longest due first, at most `limit`.
    ///
    /// A message waits for the earlier ones about the same alert to the same receiver. Those in `excluded` are left
    /// out.
    func dueDeliveries(
        at time: Timestamp, receiver: String?, excluding excluded: Set<Int64>, limit: Int
    ) async throws(StorageFailure) -> [Delivery]

    /// When the next message to a receiver is to be sent; nil when none is waiting. Those in `excluded` do not count.
    func nextDueTime(receiver: String?, excluding excluded: Set<Int64>) async throws(StorageFailure) -> Timestamp?

    /// Notes how an attempt to send a message ended.
    func recordAttempt(_ id: Int64, outcome: DeliveryOutcome) async throws(StorageFailure)
}

extension Store: OutboxStore {}
