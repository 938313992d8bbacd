/// How far a training has come and how well it went.
///
/// Losses are in nats; those of an ``AdversarialTrainingRun`` are squared errors.
package struct TrainingReport: Sendable, Equatable {
    /// How a training ended.
    package enum Outcome: String, Sendable {
        /// It has not ended.
        case running
        /// All steps were made.
        case completed
        /// The held-out windows showed no progress for as long as patience lasts.
        case stoppedEarly
        /// The loss was no longer finite; the weights are those of the last look before that.
        case diverged
    }

    /// How it ended.
    package internal(set) var outcome: Outcome = .running
    /// The number of steps made.
    package internal(set) var stepCount = 0
    /// The number of steps that it takes if nothing ends it early.
    package internal(set) var stepLimit: Int
    /// The number of windows trained on.
    package internal(set) var trainingWindowCount: Int
    /// The number of windows held out to look at.
    package internal(set) var heldOutWindowCount: Int
    /// The loss per cell, averaged over the steps since the last look; NaN before the first step.
    package internal(set) var trainingLoss = Double.nan
    /// The lowest loss per cell of the held-out windows; NaN where there are none or none was looked at yet.
    package internal(set) var heldOutLoss = Double.nan
    /// The number of steps after which the weights were those that the training gives.
    package internal(set) var bestStep = 0
}
