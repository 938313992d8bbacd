package import AnomalyDetection

/// A message in the outbox that still has to be sent.
package struct Delivery: Sendable, Equatable {
    /// Its number in the outbox.
    package var id: Int64
    /// The message.
    package var entry: OutboxEntry
    /// The attempts that have failed so far.
    package var attempts: Int

    /// A message with the attempts that have failed.
    package init(id: Int64, entry: OutboxEntry, attempts: Int) {
        self.id = id
        self.entry = entry
        self.attempts = attempts
    }
}

/// How an attempt to send a message ended.
package enum DeliveryOutcome: Sendable, Equatable {
    /// The receiver has it.
    case delivered(at: Timestamp, status: Int)
    /// It is to be tried again at `dueAt`; the status is nil when there was no answer.
    case retry(dueAt: Timestamp, status: Int?, error: String)
    /// It will not be tried again.
    case failed(status: Int?, error: String)
}
