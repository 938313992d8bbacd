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
        /// The readings that were not learned from, oldest first.
        package var exclusions: [TrainingExclusion] = []
    }

    /// Trains on the history, whose newest reading is the request's, and compares with the live version where there is one.
    ///
    /// A first model is fitted to the whole history. Later candidates see all but the tail, and the gate decides on the tail.
    /// Where normal has changed and the live version finds it odd still, that is no measure.
    /// Throws ``FittingFailure/cancelled`` when `checkpoint` throws; every other failure is a decision.
    package func train(
        on history: TrainingHistory, labels: TrainingLabels = TrainingLabels(), live: StreamModel?, seed: UInt64,
        checkpoint: @escaping @Sendable () throws -> Void = {}
    ) throws(FittingFailure) -> Outcome {
        let fitter = ModelFitter(
            settings: settings, training: training, seed: seed, channelNames: channelNames, checkpoint: checkpoint)
        var selection = TrainingSelection(history, labels: labels)
        var history = history
        history.isAlerting = selection.isExcluded
        // What was called normal stays so, whatever it settled to.
        for reading in selection.labelledNormal where !history.settledScores.isEmpty {
            history.settledScores[reading] = .nan
        }
        let newNormal = labels.newNormalStart.flatMap { NewNormalHistory(history, start: $0) }
        var outcome: Outcome
        do {
            if let live, let newNormal, !PromotionGate.knows(newNormal.new, live: live, newest: Self.shortestTail) {
                outcome = try adapt(to: newNormal, live: live, fitter: fitter, &selection)
            } else if let live {
                outcome = try retrain(newNormal?.moved ?? history, live: live, fitter: fitter, seed: seed, &selection)
            } else {
                let candidate = try fitter.fit(newNormal?.moved ?? history)
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
        outcome.decision.excludedReadings = selection.excludedCount
        outcome.exclusions = selection.exclusions
        return outcome
    }

    private func retrain(
        _ history: TrainingHistory, live: StreamModel, fitter: ModelFitter, seed: UInt64,
        _ selection: inout TrainingSelection
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
        selection.leaveOut(fitted.isAlerting.indices.filter { fitted.isAlerting[$0] }, .abnormal)
        selection.leaveOut((end - length)..<end, .heldOut)
        let candidate = try fitter.fit(fitted)
        var decision = PromotionGate.decide(
            candidate: candidate, live: live, history: judged, tailStart: end - length, seed: seed,
            holdReadings: settings.holdReadings)
        if cleaning.sparedCount > 0 {
            decision.reason +=
                "; readings that settled as abnormal were learned from, for without them and their windows "
                + "\(cleaning.sparedCount) of \(fitted.count) readings would be missing"
        }
        return Outcome(decision: decision, candidate: candidate)
    }

    /// Fits a model to a new normal: to all that is known, brought to the new level, and where that does not fit, to the new
    /// readings alone.
    private func adapt(
        to newNormal: NewNormalHistory, live: StreamModel, fitter: ModelFitter, _ selection: inout TrainingSelection
    ) throws(FittingFailure) -> Outcome {
        let new = newNormal.new
        let usable = new.isAlerting.count { !$0 }
        guard usable >= settings.warmUpReadings else {
            throw .tooFewReadings(usable: usable, needed: settings.warmUpReadings)
        }
        let length = max(Self.shortestTail, new.count / 5)
        let (whole, oldCount) = (newNormal.moved, newNormal.moved.count - new.count)
        let tailStart = whole.count - length
        selection.leaveOut(tailStart..<whole.count, .heldOut)
        let moved = try fitter.fit(whole[0..<tailStart])
        let decision = PromotionGate.decideNewNormal(
            candidate: moved, live: live, history: whole, tailStart: tailStart,
            readings: "the readings before it, brought to its level, and its own")
        if decision.verdict == .promoted { return Outcome(decision: decision, candidate: moved) }
        // Where nothing is older, the two are the same.
        guard oldCount > 0, usable - length >= ModelFitter.fewestWindows else {
            return Outcome(decision: decision, candidate: moved)
        }
        let own = try fitter.fit(whole[oldCount..<tailStart])
        let ownDecision = PromotionGate.decideNewNormal(
            candidate: own, live: live, history: whole, tailStart: tailStart, readings: "its own readings alone")
        selection.leaveOut(0..<oldCount, .oldNormal)
        return Outcome(decision: ownDecision, candidate: own)
    }
}
