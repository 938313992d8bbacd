package import AnomalyDetection

/// A message that is to be sent; stored in the transaction that stores what it tells, or after that of its notices.
package struct OutboxEntry: Sendable, Equatable {
    /// Why alerts are in one message.
    package enum Kind: String, Sendable {
        /// They happened in the same moment, or there is just one.
        case alerts
        /// The fleet's budget was used up when they happened.
        case digest
    }

    /// A step of an alert that a message tells.
    package struct Step: Sendable, Hashable {
        /// The alert.
        package var alertID: Int64
        /// What happened to it.
        package var transition: AlertTransition.Kind

        /// A step.
        package init(alertID: Int64, transition: AlertTransition.Kind) {
            self.alertID = alertID
            self.transition = transition
        }
    }

    /// What it is about.
    package var steps: [Step]
    /// Why that is in one message.
    package var kind: Kind
    /// The message's own id, which stays the same over all attempts and all restarts; unique for a receiver.
    package var webhookID: String
    /// Who is to get it.
    package var receiver: String
    /// The body.
    package var payload: String
    /// When it was written, or asked to be sent again, by the wall clock.
    package var createdAt: Timestamp
    /// When it is to be sent, by the wall clock.
    package var dueAt: Timestamp

    /// A message.
    package init(
        steps: [Step], kind: Kind = .alerts, webhookID: String, receiver: String, payload: String,
        createdAt: Timestamp, dueAt: Timestamp
    ) {
        self.steps = steps
        self.kind = kind
        self.webhookID = webhookID
        self.receiver = receiver
        self.payload = payload
        self.createdAt = createdAt
        self.dueAt = dueAt
    }
}
