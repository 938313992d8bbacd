/// Whether a candidate became the live version, why, and the numbers behind it; one is stored for every training.
package struct TrainingDecision: Sendable, Equatable {
    /// What became of the training.
    package enum Verdict: String, Sendable {
        /// The candidate scores from its effective reading on.
        case promoted
        /// The live version stays.
        case rejected
        /// There was nothing to train on, or the training failed.
        case skipped
    }

    /// What became of it.
    package var verdict: Verdict
    /// One sentence that a user understands.
    package var reason: String
    /// Readings that the candidate was fitted on.
    package var trainedReadings: Int
    /// Readings of the history that were left out because an alert was pending or firing, or because they settled as abnormal.
    package var excludedReadings: Int
    /// Readings of the held-out tail on which candidate and live version were compared; 0 for a first model.
    package var heldOutReadings: Int
    /// The numbers by name, such as `candidate_error` and `live_error`.
    package var metrics: [String: Double]

    /// A decision with its numbers.
    package init(
        verdict: Verdict, reason: String, trainedReadings: Int = 0, excludedReadings: Int = 0,
        heldOutReadings: Int = 0, metrics: [String: Double] = [:]
    ) {
        self.verdict = verdict
        self.reason = reason
        self.trainedReadings = trainedReadings
        self.excludedReadings = excludedReadings
        self.heldOutReadings = heldOutReadings
        self.metrics = metrics
    }
}
