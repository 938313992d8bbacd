import AnomalyDetection
import Storage

/// All that one training starts from, as the database has it.
struct TrainingMaterial: Sendable {
    /// The settings.
    let settings: DetectorSettings
    /// The request.
    let request: TrainingRequest
    /// The readings.
    let history: ReadingHistory
    /// The version that a candidate has to beat.
    let live: LiveModel?
    /// The weights of its fleet, where the stream is trained as a member of one and these are there.
    let fleet: FleetModel?
    /// What was said of the readings.
    let labels: TrainingLabels
    /// The names of the stream's channels.
    let channels: [String]
    /// What earlier versions take for normal.
    let references: [BaselineReference]
    /// How the history was chosen, for people.
    let choices: [String]

    /// What came of a training, and of what is normal with it.
    struct Result: Sendable {
        var outcome: ModelTrainer.Outcome
        var baseline: BaselineFinding?
    }

    /// Reads it. Never takes longer for a stream with more readings: those that are trained on are bounded.
    init(
        _ request: TrainingRequest, settings: DetectorSettings, from store: Store, _ reader: ModelReader
    ) async throws {
        self.settings = settings
        self.request = request
        channels = try await store.channelNames(of: request.stream)
        let plan = HistoryPlan(settings, channelCount: channels.count, reason: request.reason)
        let start = request.throughTime.advanced(byNanoseconds: -plan.span)
        let changed = try await store.trainingLabels(
            of: request.stream, from: start, through: request.throughTime
        ).newNormalStart
        history = try await store.history(
            of: request.stream, through: request.throughTime, plan: plan, pinned: changed)
        choices = plan.choice(for: history.times, asked: settings.historyReadings).map { [$0] } ?? []
        labels = try await store.labels(of: request.stream, in: history)
        live = try await reader.liveModel(of: request.stream)
        if let reference = request.fleet { fleet = try await reader.fleet(reference) } else { fleet = nil }
        references = try await store.baselineReferences(for: request, live: live, reader)
    }

    /// Trains; nothing is stored.
    func train(checkpoint: @escaping @Sendable () throws -> Void = {}) throws(FittingFailure) -> Result {
        var outcome: ModelTrainer.Outcome
        if request.fleet == nil {
            outcome = try ModelTrainer(settings: settings, channelNames: channels).train(
                on: TrainingHistory(history), labels: labels, live: live?.model, seed: request.seed,
                gap: settings.gap(of: request.reason), checkpoint: checkpoint)
        } else {
            outcome = try MemberTrainer(settings: settings, channelNames: channels).train(
                on: TrainingHistory(history), labels: labels, live: live?.model, fleet: fleet, seed: request.seed,
                checkpoint: checkpoint)
        }
        let baseline = outcome.decision.judgeBaseline(
            of: outcome.candidate, against: references, reason: request.reason, limit: settings.mostDrift,
            names: channels)
        return Result(outcome: outcome, baseline: baseline)
    }
}

extension Store {
    /// What was normal by the oldest version that counts and by the live one, without those that are young.
    fileprivate func baselineReferences(
        for request: TrainingRequest, live: LiveModel?, _ reader: ModelReader
    ) async throws -> [BaselineReference] {
        guard live != nil else { return [] }
        let versions = try await versionsSinceNormal(
            of: request.stream, through: request.throughTime, within: BaselineMove.memory)
        var references: [BaselineReference] = []
        for version in versions {
            if let live, version.id == live.id {
                if let reference = BaselineReference(live.model, trainedThrough: version.trainedThrough) {
                    references.append(reference)
                }
            } else if references.isEmpty, let record = try await model(version.id),
                let reference = BaselineReference(
                    try await reader.model(record), trainedThrough: version.trainedThrough)
            {
                references.append(reference)
            }
        }
        return references
    }
}
