package import AnomalyDetection

/// A message that is to be sent; stored in the transaction that stores what it tells.
package struct OutboxEntry: Sendable, Equatable {
    /// The alert that it is about.
    package var alertID: Int64
    /// The message's own id, which stays the same over all attempts and all restarts; unique for a receiver.
    package var webhookID: String
    /// Who is to get it.
    package var receiver: String
    /// What happened to the alert.
    package var transition: AlertTransition.Kind
    /// The body.
    package var payload: String
    /// When it was written, or asked to be sent again, by the wall clock.
    package var createdAt: Timestamp
    /// When it is to be sent, by the wall clock.
    package var dueAt: Timestamp

    /// A message.
    package init(
        alertID: Int64, webhookID: String, receiver: String, transition: AlertTransition.Kind, payload: String,
        createdAt: Timestamp, dueAt: Timestamp
    ) {
        self.alertID = alertID
        self.webhookID = webhookID
        self.receiver = receiver
        self.transition = transition
        self.payload = payload
        self.createdAt = createdAt
        self.dueAt = dueAt
    }
}
