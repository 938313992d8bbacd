package import AnomalyDetection

/// All that people have said, as the database has it at one moment.
package struct Answers: Sendable, Equatable {
    /// Rises with everything that is said.
    package var revision: Int64 = 0
    /// When nobody is told of alerts, by the wall clock.
    package var silences: [QuietPeriod] = []
    /// When streams are worked on, by their readings' time.
    package var maintenance: [QuietPeriod] = []
    /// For every alert that somebody judged what was said of it last, in the order of alerts.
    package var verdicts: [AlertVerdict] = []
    /// What waits to be done, oldest first.
    package var requests: [PersonRequest] = []

    /// Nothing was said.
    package init() {}
}

/// Something that somebody asked the daemon to do.
package struct PersonRequest: Sendable, Equatable {
    /// What is asked for; the raw value is the word in the database.
    package enum Action: String, Sendable {
        /// Go back to a model version.
        case rollBackModel = "roll_back_model"
        /// Send a message again that was given up.
        case retryDelivery = "retry_delivery"
    }

    /// Its number.
    package var id: Int64
    /// What is asked for.
    package var action: Action
    /// The id of the model or of the delivery.
    package var subject: Int64

    /// A request.
    package init(id: Int64, action: Action, subject: Int64) {
        self.id = id
        self.action = action
        self.subject = subject
    }
}
