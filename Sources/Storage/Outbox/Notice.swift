package import AnomalyDetection

/// What one receiver is told of one step of an alert, in a message of its own or together with others.
///
/// It is stored in the transaction that stores the step, and waits until a message is made of it and of what else happens in the
/// same moment; a crash in between loses nothing.
package struct Notice: Sendable, Equatable {
    /// What `held_back_by` says of an alert that waits for a digest.
    package static let budgetReason = "budget"

    /// The alert.
    package var alertID: Int64
    /// Who is told.
    package var receiver: String
    /// What happened to the alert.
    package var transition: AlertTransition.Kind
    /// The `webhook-id` of a message that holds nothing else.
    package var ownID: String
    /// What receivers route the alert by; the same from its beginning to its end.
    package var labels: [String: String]
    /// The alert as it stands in a message's body, in JSON; empty once there is a message.
    package var item: String
    /// When it was written, by the wall clock.
    package var createdAt: Timestamp
    /// Whether it waits for, or came with, a digest, because the fleet's budget was used up.
    package var isForDigest: Bool

    /// A notice.
    package init(
        alertID: Int64, receiver: String, transition: AlertTransition.Kind, ownID: String,
        labels: [String: String] = [:], item: String, createdAt: Timestamp, isForDigest: Bool = false
    ) {
        self.alertID = alertID
        self.receiver = receiver
        self.transition = transition
        self.ownID = ownID
        self.labels = labels
        self.item = item
        self.createdAt = createdAt
        self.isForDigest = isForDigest
    }
}

/// What has to be known of earlier notices to go on telling.
package struct SavedNotices: Sendable, Equatable {
    /// Those that are in no message yet, oldest first.
    package var waiting: [Notice] = []
    /// The beginnings that were, or wait to be, told of alerts that have not ended; their items are empty where they are in a
    /// message.
    package var begun: [Notice] = []
    /// When messages about beginnings were written that are no digests, each moment once, oldest first.
    package var moments: [Timestamp] = []

    /// Nothing was told.
    package init() {}
}
