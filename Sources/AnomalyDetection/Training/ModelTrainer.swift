package import VAE

/// Carries out one training: from a history to a decision, and to a model where it was promoted.
package struct ModelTrainer: Sendable {
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
        /// What the candidate was fitted to; nil where there is none.
        package var recipe: TrainingRecipe?
    }

    /// Trains on the history, whose newest reading is the request's, and compares with the live version where there is one.
    ///
    /// A first model is fitted to the whole history, and has to beat no model by what was held out in turn. Later candidates see
    /// all but the tail, and the gate decides on the tail.
    /// Where normal has changed and the live version finds it odd still, that is no measure, if the training `learnsNewNormal`; others
    /// come again and again, long after it was learned.
    /// The newest `gap` nanoseconds are not learned from either where there is a live version, up to half of the history; versions
    /// are compared on them all the same, for what is judged is not learned.
    /// Throws ``FittingFailure/cancelled`` when `checkpoint` throws; every other failure is a decision.
    package func train(
        on history: TrainingHistory, labels: TrainingLabels = TrainingLabels(), live: StreamModel?, seed: UInt64,
        gap: Int64 = 0, learnsNewNormal: Bool = true,
        checkpoint: @escaping @Sendable () throws -> Void = {}
    ) throws(FittingFailure) -> Outcome {
        var fitter = ModelFitter(
            settings: settings, training: training, seed: seed, channelNames: channelNames, checkpoint: checkpoint)
        fitter.predecessor = live.flatMap(Predecessor.init)
        var selection = TrainingSelection(history, labels: labels, budget: settings.falseAlarms)
        var history = history
        selection.apply(to: &history)
        let newNormal = labels.newNormalStart.flatMap { NewNormalHistory(history, start: $0) }
        var outcome: Outcome
        do {
            if learnsNewNormal, let live, let newNormal,
                !PromotionGate.knows(newNormal.new, live: live, newest: TailChoice.fewestReadings)
            {
                outcome = try adapt(to: newNormal, live: live, fitter: fitter, &selection)
            } else if let live {
                outcome = try retrain(
                    newNormal?.moved ?? history, newNormal, live: live, fitter: fitter, seed: seed, gap: gap, &selection
                )
            } else {
                outcome = try trainFirst(newNormal?.moved ?? history, newNormal, fitter: fitter, seed: seed, &selection)
            }
        } catch .cancelled {
            throw .cancelled
        } catch {
            outcome = Outcome(decision: TrainingDecision(verdict: .skipped, reason: error.description), candidate: nil)
        }
        if selection.recurringCount > 0, outcome.candidate != nil {
            outcome.decision.reason +=
                "; \(selection.recurringCount) alerts that look alike, of which nobody confirmed one, were learned from"
        }
        outcome.decision.excludedReadings = selection.excludedCount
        outcome.exclusions = selection.exclusions
        return outcome
    }

    /// Fits a model again, to what its recipe and the ledger say; `readings` are the stored ones from the first to the last.
    ///
    /// `live` is the version that was live when it was trained; where the recipe notes a predecessor, it must be that
    /// (``TrainingRecipe/isSuccessor(of:)``). Nil where this program does not know the settings.
    package static func refit(
        _ recipe: TrainingRecipe, readings: TrainingHistory, ledger: [TrainingExclusion], live: StreamModel?,
        seed: UInt64, channelNames: [String]
    ) throws(FittingFailure) -> StreamModel? {
        precondition(recipe.isSuccessor(of: live), "another version than the one that it went on from")
        guard let settings = recipe.settings else { return nil }
        var fitter = ModelFitter(
            settings: settings, seed: seed, channelNames: Array(channelNames.prefix(recipe.channels)))
        if recipe.predecessorChecksum != nil { fitter.predecessor = live.flatMap(Predecessor.init) }
        return try fitter.fit(recipe.history(readings, ledger: ledger))
    }

    private func trainFirst(
        _ history: TrainingHistory, _ newNormal: NewNormalHistory?, fitter: ModelFitter, seed: UInt64,
        _ selection: inout TrainingSelection
    ) throws(FittingFailure) -> Outcome {
        let fit = try fitter.fitHoldingOut(history)
        selection.note(fit.passedOver, from: 0)
        let decision = PromotionGate.decideFirst(
            fit.model, heldOutSums: fit.heldOutSums, history: history, heldOut: fit.heldOut, seed: seed,
            settings: settings)
        return Outcome(
            decision: decision, candidate: fit.model,
            recipe: TrainingRecipe(history, newNormal: newNormal, fitter))
    }

    private func retrain(
        _ history: TrainingHistory, _ newNormal: NewNormalHistory?, live: StreamModel, fitter: ModelFitter,
        seed: UInt64, gap: Int64, _ selection: inout TrainingSelection
    ) throws(FittingFailure) -> Outcome {
        let tail = try TailChoice(history.isAlerting).readings
        let judged = history[0..<tail.upperBound]
        let fittedEnd = Self.fittedEnd(history, tailStart: tail.lowerBound, gap: gap)
        var fitted = history[0..<fittedEnd]
        let cleaning = HistoryCleaning(fitted, live: live)
        fitted.isAlerting = cleaning.isExcluded
        selection.leaveOut(fitted.isAlerting.indices.filter { fitted.isAlerting[$0] }, .abnormal)
        selection.leaveOut(fittedEnd..<tail.lowerBound, .newest)
        selection.leaveOut(tail, .heldOut)
        let fit = try fitter.fitHoldingOut(fitted)
        selection.note(fit.passedOver, from: 0)
        var decision = PromotionGate.decide(
            candidate: fit.model, live: live, baselines: try fitter.baselines(fitted, beside: fit), history: judged,
            tailStart: tail.lowerBound,
            calledNormal: Set(selection.labelledNormal).filter { $0 < tail.lowerBound }.sorted(), seed: seed,
            settings: settings)
        if cleaning.sparedCount > 0 {
            decision.reason +=
                "; readings that settled as abnormal were learned from, for without them and their windows "
                + "\(cleaning.sparedCount) of \(fitted.count) readings would be missing"
        }
        return Outcome(
            decision: decision, candidate: fit.model,
            recipe: TrainingRecipe(fitted, newNormal: newNormal, fitter))
    }

    /// Where the readings end that are learned from: before the tail and before the gap. At least half of the history is learned
    /// from, or who asks for a long gap would have no retraining until the stream is old.
    private static func fittedEnd(_ history: TrainingHistory, tailStart: Int, gap: Int64) -> Int {
        guard gap > 0, let newest = history.times.last else { return tailStart }
        let limit = newest.advanced(byNanoseconds: -gap)
        let first = history.times[..<tailStart].lastIndex { $0 <= limit }.map { $0 + 1 } ?? 0
        return max(first, tailStart / 2)
    }

    /// Fits a model to a new normal: to all that is known, brought to the new level, and where that does not fit, to the new
    /// readings alone.
    private func adapt(
        to newNormal: NewNormalHistory, live: StreamModel, fitter: ModelFitter, _ selection: inout TrainingSelection
    ) throws(FittingFailure) -> Outcome {
        let new = newNormal.new
        let usable = new.isAlerting.count { !$0 }
        let needed = NewNormalHistory.neededReadings(settings)
        guard usable >= needed else {
            throw .tooFewReadings(usable: usable, needed: needed)
        }
        let length = max(TailChoice.fewestReadings, new.count / 5)
        let (whole, oldCount) = (newNormal.moved, newNormal.moved.count - new.count)
        let tailStart = whole.count - length
        selection.leaveOut(tailStart..<whole.count, .heldOut)
        let moved = try fitter.fitHoldingOut(whole[0..<tailStart])
        let movedRecipe = TrainingRecipe(whole[0..<tailStart], newNormal: newNormal, fitter)
        let decision = PromotionGate.decideNewNormal(
            candidate: moved.model, live: live, history: whole, tailStart: tailStart,
            readings: "the readings before it, brought to its level, and its own")
        // Where nothing is older, the two are the same.
        guard decision.verdict != .promoted, oldCount > 0, usable - length >= ModelFitter.fewestWindows else {
            selection.note(moved.passedOver, from: 0)
            return Outcome(decision: decision, candidate: moved.model, recipe: movedRecipe)
        }
        let own = try fitter.fitHoldingOut(whole[oldCount..<tailStart])
        let ownDecision = PromotionGate.decideNewNormal(
            candidate: own.model, live: live, history: whole, tailStart: tailStart, readings: "its own readings alone")
        selection.leaveOut(0..<oldCount, .oldNormal)
        selection.note(own.passedOver, from: oldCount)
        return Outcome(
            decision: ownDecision, candidate: own.model,
            recipe: TrainingRecipe(whole[oldCount..<tailStart], newNormal: newNormal, fitter))
    }
}
