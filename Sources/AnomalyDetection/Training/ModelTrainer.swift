package import VAE

/// Carries out one training: from a history to a decision, and to a model where it was promoted.
package struct ModelTrainer: Sendable {
    /// The newest part of the history that is kept from the weights, to compare versions on.
    private static let tailShare = 0.2
    /// A comparison needs at least this many readings in the tail. Those before it have settled.
    private static let shortestTail = max(100, Settling.slotCount)

    private let settings: DetectorSettings
    private let training: TrainingSettings
    private let channelNames: [String]

    /// A trainer with the detector's settings. The names of the stream's channels are for people alone.
    package init(
        settings: DetectorSettings, training: TrainingSettings = TrainingSettings(), channelNames: [String] = []
    ) {
        self.settings = settings
        self.training = training
        self.channelNames = channelNames
    }

    /// What came of a training.
    package struct Outcome: Sendable {
        /// The decision with its numbers.
        package var decision: TrainingDecision
        /// The candidate, also where it was rejected; nil where nothing could be fitted.
        package var candidate: StreamModel?
    }

    /// Trains on the history, whose newest reading is the request's, and compares with the live version where there is one.
    ///
    /// A first model is fitted to the whole history. Later candidates see all but the tail, and the gate decides on the tail.
    /// Throws ``FittingFailure/cancelled`` when `checkpoint` throws; every other failure is a decision.
    package func train(
        on history: TrainingHistory, live: StreamModel?, seed: UInt64,
        checkpoint: @escaping @Sendable () throws -> Void = {}
    ) throws(FittingFailure) -> Outcome {
        let excluded = history.isAlerting.count { $0 }
        let fitter = ModelFitter(
            settings: settings, training: training, seed: seed, channelNames: channelNames, checkpoint: checkpoint)
        var outcome: Outcome
        do {
            if let live {
                outcome = try retrain(history, live: live, fitter: fitter, seed: seed)
            } else {
                let candidate = try fitter.fit(history)
                outcome = Outcome(
                    decision: TrainingDecision(
                        verdict: .promoted, reason: "first model of the stream",
                        trainedReadings: candidate.trainedReadings),
                    candidate: candidate)
            }
        } catch .cancelled {
            throw .cancelled
        } catch {
            outcome = Outcome(decision: TrainingDecision(verdict: .skipped, reason: error.description), candidate: nil)
        }
        outcome.decision.excludedReadings += excluded
        return outcome
    }

    private func retrain(
        _ history: TrainingHistory, live: StreamModel, fitter: ModelFitter, seed: UInt64
    ) throws(FittingFailure) -> Outcome {
        // The tail is the newest stretch without an alert, so that neither version is judged on a fault.
        let end = (history.isAlerting.lastIndex(of: false) ?? -1) + 1
        let start = (history.isAlerting[..<end].lastIndex(of: true) ?? -1) + 1
        let length = min(Int(Double(end) * Self.tailShare), end - start)
        guard length >= Self.shortestTail else {
            throw .shortTail(usable: length, needed: Self.shortestTail)
        }
        let judged = history[0..<end]
        var fitted = history[0..<(end - length)]
        let cleaning = HistoryCleaning(fitted, live: live)
        fitted.isAlerting = cleaning.isExcluded
        let candidate = try fitter.fit(fitted)
        var decision = PromotionGate.decide(
            candidate: candidate, live: live, history: judged, tailStart: end - length, seed: seed)
        decision.excludedReadings = cleaning.settledCount
        if cleaning.sparedCount > 0 {
            decision.reason +=
                "; readings that settled as abnormal were learned from, for without them and their windows "
                + "\(cleaning.sparedCount) of \(fitted.count) readings would be missing"
        }
        return Outcome(decision: decision, candidate: candidate)
    }
}
