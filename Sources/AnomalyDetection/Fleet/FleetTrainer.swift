package import VAE

/// Trains the weights of a fleet on several of its members.
///
/// What is left out follows from the readings and from what people said of them alone, not from alerts: which of the other
/// members' readings were scored by then depends on how they came, and the same readings are to give the same weights.
package struct FleetTrainer: Sendable {
    /// A member with fewer readings is not trained on.
    private static let fewestReadings = 2 * FleetModel.coldStartReadings
    /// Weights are compared on the newest part of each member's history, which is kept from them.
    private static let tailShare = 0.2
    private static let shortestTail = max(100, Settling.slotCount)
    /// Readings are left out from this multiple on of the sum at which an alert would begin: weights from short histories take the
    /// course of the day for odd, as a young model does (``SlowContext``).
    private static let abnormalFactor: Float = 2
    /// A member of which more would be left out is not like the others, and is not trained on.
    private static let excludedShare = 0.2

    private let settings: DetectorSettings
    private let training: TrainingSettings
    private let channelNames: [String]

    /// A trainer with the detector's settings. The names of the fleet's channels are for people alone.
    package init(
        settings: DetectorSettings, training: TrainingSettings = TrainingSettings(), channelNames: [String] = []
    ) {
        self.settings = settings
        self.training = training
        self.channelNames = channelNames
    }

    /// One of the streams to train on.
    package struct Member: Sendable {
        /// Its newest readings.
        package var history: TrainingHistory
        /// What people said of them.
        package var labels: TrainingLabels

        /// A stream to train on.
        package init(history: TrainingHistory, labels: TrainingLabels = TrainingLabels()) {
            self.history = history
            self.labels = labels
        }
    }

    /// What came of a training.
    package struct Outcome: Sendable {
        /// The decision with its numbers; `members` are those that were trained on, `judges` those that were asked.
        package var decision: TrainingDecision
        /// The weights, also where they were rejected; nil where nothing could be fitted.
        package var model: FleetModel?
    }

    /// Trains on members, and has some of them compare the new weights with the fleet's live ones, or with no model where there are
    /// none (``FleetGate``).
    ///
    /// Throws ``FittingFailure/cancelled`` when `checkpoint` throws; every other failure is a decision.
    package func train(
        on members: [Member], live: FleetModel?, version: Int, seed: UInt64,
        checkpoint: @escaping @Sendable () throws -> Void = {}
    ) throws(FittingFailure) -> Outcome {
        do {
            return try fit(members, live: live, version: version, seed: seed, checkpoint: checkpoint)
        } catch .cancelled {
            throw .cancelled
        } catch {
            return Outcome(decision: TrainingDecision(verdict: .skipped, reason: error.description), model: nil)
        }
    }

    private func fit(
        _ members: [Member], live: FleetModel?, version: Int, seed: UInt64,
        checkpoint: @escaping @Sendable () throws -> Void
    ) throws(FittingFailure) -> Outcome {
        let usable = members.filter { $0.history.count >= Self.fewestReadings }
        guard !usable.isEmpty else {
            throw .tooFewReadings(usable: members.map(\.history.count).max() ?? 0, needed: Self.fewestReadings)
        }
        var histories = usable.map(Self.labelled)
        let screen: FleetModel
        if let live { screen = live } else { screen = try self.screen(histories, seed: seed, checkpoint: checkpoint) }
        let all = histories
        histories = histories.compactMap { clean($0, by: screen) }
        // Where most are unlike what is known, they are what is normal.
        if 2 * histories.count < all.count { histories = all }
        let excluded = histories.reduce(0) { $0 + $1.isAlerting.count { $0 } }
        let tails = histories.map { history in live == nil ? 0 : Self.tailLength(of: history) }
        let heads = zip(histories, tails).map { history, tail in history[0..<(history.count - tail)] }
        let pool = FleetPool(heads, settings: settings)
        let fitter = self.fitter(of: pool, seed: seed, evidence: settings.evidence, checkpoint: checkpoint)
        let fitted = try fitter.fitHoldingOut(pool.history)
        let candidate = model(fitted.model, of: pool, version: version)
        let gate = FleetGate(candidate: candidate, histories: histories, tails: tails, seed: seed, settings: settings)
        let answer: FleetGate.Answer?
        if let live {
            let isJudged = tails.contains { $0 > 0 }
            answer =
                isJudged
                ? gate.decide(against: live, baselines: try fitter.baselines(pool.history, beside: fitted)) : nil
        } else {
            answer = gate.decideFirst(heldOut: fitted.heldOut)
        }
        let streams = "\(pool.memberCount) \(pool.memberCount == 1 ? "stream" : "streams")"
        let reason = answer?.reason ?? "no stream of the fleet has enough readings to compare the weights on"
        let decision = TrainingDecision(
            verdict: answer?.isAccepted == false ? .rejected : .promoted,
            reason: live == nil ? "first weights of the fleet, from \(streams), \(reason)" : reason,
            trainedReadings: candidate.base.trainedReadings, excludedReadings: excluded,
            heldOutReadings: tails.reduce(0, +),
            metrics: ["members": Double(pool.memberCount)].merging(answer?.numbers ?? [:]) { own, _ in own }
                .filter { $0.value.isFinite })
        return Outcome(decision: decision, model: candidate)
    }

    /// How many of the newest readings of each member a training takes: together as many as one stream's training would.
    package static func historyLimit(memberCount: Int, settings: DetectorSettings) -> Int {
        max(fewestReadings, settings.historyReadings / max(1, memberCount))
    }

    /// The readings of a member, with those flagged that people called abnormal.
    private static func labelled(_ member: Member) -> TrainingHistory {
        var history = member.history
        history.isAlerting = [Bool](repeating: false, count: history.count)
        history.settledScores = []
        history.isAlerting = TrainingSelection(history, labels: member.labels, budget: nil).isExcluded
        return history
    }

    private static func tailLength(of history: TrainingHistory) -> Int {
        let length = Int(Double(history.count) * tailShare)
        return length >= shortestTail && history.count - length >= fewestReadings ? length : 0
    }

    private func fitter(
        of pool: FleetPool, seed: UInt64, evidence: Set<EvidenceKind>, isTrained: Bool = true,
        checkpoint: @escaping @Sendable () throws -> Void
    ) -> ModelFitter {
        var settings = settings
        settings.evidence = evidence
        var training = training
        if !isTrained { training.stepCount = 0 }
        var fitter = ModelFitter(
            settings: settings, training: training, seed: seed, channelNames: channelNames, checkpoint: checkpoint)
        if pool.memberCount > 1 { fitter.members = pool.members }
        return fitter
    }

    private func model(_ base: StreamModel, of pool: FleetPool, version: Int) -> FleetModel {
        FleetModel(version: version, base: base, channels: pool.channels, memberCount: pool.memberCount)
    }

    // MARK: Cleaning

    /// A quick model by which first histories are cleaned: what of a few readings is unlike all others.
    private func screen(
        _ histories: [TrainingHistory], seed: UInt64, checkpoint: @escaping @Sendable () throws -> Void
    ) throws(FittingFailure) -> FleetModel {
        let pool = FleetPool(histories, settings: settings)
        let fitter = self.fitter(
            of: pool, seed: seed, evidence: [.rebuild, .foresight], isTrained: false, checkpoint: checkpoint)
        return model(try fitter.fit(pool.history), of: pool, version: 0)
    }

    /// A history with the readings flagged that would clearly have raised an alert; nil where they are too many.
    private func clean(_ history: TrainingHistory, by screen: FleetModel) -> TrainingHistory? {
        let model = screen.member(of: history, settings: settings)
        let scores = ModelReplay(model, over: history, firstCounted: 0, yardstick: model.profiles).scores
        let level = model.calibration.score(
            Self.abnormalFactor * model.threshold.sums(model.calibration).firing)
        var cleaned = history
        var run = 0
        for reading in scores.indices {
            run = scores[reading] >= level ? run + 1 : 0
            if run == settings.holdReadings {
                for earlier in (reading - run + 1)...reading { cleaned.isAlerting[earlier] = true }
            } else if run > settings.holdReadings {
                cleaned.isAlerting[reading] = true
            }
        }
        let excluded = cleaned.isAlerting.count { $0 }
        return Double(excluded) > Self.excludedShare * Double(history.count) ? nil : cleaned
    }
}
