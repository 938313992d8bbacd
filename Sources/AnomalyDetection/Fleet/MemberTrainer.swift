package import VAE

/// Carries out a training of one member of a fleet: its normalizer is learned anew, and the fleet's newest weights take over
/// where they are not worse for it.
///
/// No weights are fitted, so it takes a fraction of a second. A stream that is not like its fleet is trained alone.
package struct MemberTrainer: Sendable {
    /// A normalizer that moved less than this, in spreads, stays as it is.
    private static let leastMove = 0.02
    /// So many scores say whether a stream is like its fleet.
    private static let fewestScores = 32

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

    /// Trains a member on its history, whose newest reading is the request's, with the weights that its fleet has by then; nil
    /// where it has none.
    ///
    /// Throws ``FittingFailure/cancelled`` when `checkpoint` throws; every other failure is a decision.
    package func train(
        on history: TrainingHistory, labels: TrainingLabels = TrainingLabels(), live: StreamModel?,
        fleet: FleetModel?, seed: UInt64, checkpoint: @escaping @Sendable () throws -> Void = {}
    ) throws(FittingFailure) -> ModelTrainer.Outcome {
        guard let fleet, fleet.channels.count == history.channelCount else {
            return try trainAlone(
                on: history, labels: labels, live: live, seed: seed,
                why: fleet == nil ? "its fleet has no weights so far" : "it has other channels than its fleet",
                checkpoint)
        }
        let selection = TrainingSelection(history, labels: labels, budget: settings.falseAlarms)
        var history = history
        selection.apply(to: &history)
        if let live {
            var outcome = refresh(history, live: live, fleet: fleet, seed: seed)
            outcome.exclusions = selection.exclusions
            return outcome
        }
        let candidate = fleet.member(of: history, settings: settings)
        guard isLike(candidate, history) else {
            return try trainAlone(
                on: history, labels: labels, live: nil, seed: seed,
                why: "it is unlike the other streams of its fleet", checkpoint)
        }
        return ModelTrainer.Outcome(
            decision: TrainingDecision(
                verdict: .promoted,
                reason: "scored by the fleet's weights \(fleet.version), from \(fleet.memberCount) streams, with a "
                    + "normalizer from \(candidate.trainedReadings) readings of its own",
                trainedReadings: candidate.trainedReadings, excludedReadings: selection.excludedCount),
            candidate: candidate, exclusions: selection.exclusions)
    }

    /// Whether a model takes most of a stream's readings for normal, as far as there are scores to say so.
    private func isLike(_ model: StreamModel, _ history: TrainingHistory) -> Bool {
        let replay = ModelReplay(model, over: history, firstCounted: 0, yardstick: model.profiles)
        guard replay.scores.count(where: { $0.isFinite }) >= Self.fewestScores else { return true }
        return replay.share(atOrAbove: model.threshold.firing, from: 0) < 0.5
    }

    private func trainAlone(
        on history: TrainingHistory, labels: TrainingLabels, live: StreamModel?, seed: UInt64, why: String,
        _ checkpoint: @escaping @Sendable () throws -> Void
    ) throws(FittingFailure) -> ModelTrainer.Outcome {
        guard live != nil || history.count >= settings.warmUpReadings else {
            return ModelTrainer.Outcome(
                decision: TrainingDecision(
                    verdict: .skipped, reason: "\(why); alone it needs \(settings.warmUpReadings) readings"),
                candidate: nil)
        }
        var outcome = try ModelTrainer(settings: settings, training: training, channelNames: channelNames).train(
            on: history, labels: labels, live: live, seed: seed, checkpoint: checkpoint)
        outcome.decision.reason += "; trained alone, for \(why)"
        return outcome
    }

    /// Learns the normalizer anew, under the fleet's newest weights.
    private func refresh(
        _ history: TrainingHistory, live: StreamModel, fleet: FleetModel, seed: UInt64
    ) -> ModelTrainer.Outcome {
        let isSame = live.fleet?.version == fleet.version
        let tail: Range<Int>?
        do {
            tail = try TailChoice(history.isAlerting).readings
        } catch {
            // Without a tail the fleet's weights, which others have judged, take over unseen.
            guard live.fleet != nil else { return .skipped(error.description) }
            tail = nil
        }
        var head = tail.map { history[0..<$0.lowerBound] } ?? history
        if tail == nil, !head.settledScores.isEmpty {
            // Whether the newest have settled by now depends on how readings came.
            for reading in max(0, head.count - Settling.slotCount)..<head.count { head.settledScores[reading] = .nan }
        }
        head.isAlerting = HistoryCleaning(head, live: live).isExcluded
        guard head.isAlerting.contains(false) else { return .skipped("all of its readings are under an alert") }
        let candidate = fleet.member(of: head, settings: settings)
        if isSame, candidate.threshold.isProvisional == live.threshold.isProvisional,
            Self.move(from: live.profiles, to: candidate.profiles) < Self.leastMove
        {
            return .skipped("the fleet's weights are the same, and so is what is normal for the stream")
        }
        guard let tail else {
            return ModelTrainer.Outcome(
                decision: TrainingDecision(
                    verdict: .promoted,
                    reason: "a normalizer from \(candidate.trainedReadings) readings of its own, for the fleet's "
                        + "weights \(fleet.version)",
                    trainedReadings: candidate.trainedReadings,
                    excludedReadings: history.count - candidate.trainedReadings),
                candidate: candidate)
        }
        var decision = PromotionGate.decide(
            candidate: candidate, live: live, history: history[0..<tail.upperBound], tailStart: tail.lowerBound,
            seed: seed, settings: settings)
        decision.reason +=
            "; the fleet's weights \(fleet.version), a normalizer from \(candidate.trainedReadings) readings"
        return ModelTrainer.Outcome(decision: decision, candidate: candidate)
    }

    /// How far the farthest channel's normalizer moved, in spreads.
    private static func move(from old: [ChannelProfile], to new: [ChannelProfile]) -> Double {
        zip(old, new).map { old, new in
            max(
                abs(new.center - old.center) / old.spread, abs(new.spread / old.spread - 1),
                new.knownValues.count == old.knownValues.count ? 0 : 1)
        }.max() ?? 0
    }
}

extension ModelTrainer.Outcome {
    /// A training after which all stays as it is.
    fileprivate static func skipped(_ reason: String) -> ModelTrainer.Outcome {
        ModelTrainer.Outcome(decision: TrainingDecision(verdict: .skipped, reason: reason), candidate: nil)
    }
}
