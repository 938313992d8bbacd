package import AnomalyDetection
package import Storage

/// Makes the messages that a transition of an alert gives rise to.
package enum Outbox {
    /// One message for each receiver; none for an update, which nobody is told.
    ///
    /// Pure: whoever stores the transition stores these in the same transaction. `time` is the wall clock's.
    package static func entries(
        for transition: AlertTransition, stream: String, receivers: [String], at time: Timestamp
    ) -> [OutboxEntry] {
        switch transition.kind {
        case .updated: return []
        case .fired, .resolved: break
        }
        return receivers.map { receiver in
            let payload = WebhookPayload(
                alert: transition.alert, transition: transition.kind, stream: stream, receiver: receiver)
            return OutboxEntry(
                alertID: transition.alert.id, webhookID: payload.webhookID, receiver: receiver,
                transition: transition.kind, payload: payload.json, createdAt: time, dueAt: time)
        }
    }
}
