package import AnomalyDetection

/// One training, what became of it and why.
package struct TrainingRunRecord: Sendable, Equatable {
    /// Its number, in the order in which trainings were finished.
    package var id: Int64
    /// The stream's name.
    package var streamName: String
    /// Why the training was due, and what it was allowed to see.
    package var request: TrainingRequest
    /// What became of it.
    package var decision: TrainingDecision
    /// When it began, by the wall clock.
    package var startedAt: Timestamp
    /// When it was finished, by the wall clock.
    package var finishedAt: Timestamp
    /// The model that came out of it, if there is one.
    package var modelID: Int64?
    /// That model's version.
    package var modelVersion: Int?
}
