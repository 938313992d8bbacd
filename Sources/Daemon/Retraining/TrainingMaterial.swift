import AnomalyDetection
import Storage

/// All that one training starts from, as the database has it.
struct TrainingMaterial: Sendable {
    /// The training.
    let training: StreamTraining
    /// The number of the version that a candidate has to beat; 0 where there is none.
    let liveID: Int64
    /// How the history was chosen, for people.
    let choices: [String]

    /// What was asked for.
    var request: TrainingRequest { training.request }

    /// Reads it. Never takes longer for a stream with more readings: those that are trained on are bounded.
    init(
        _ request: TrainingRequest, settings: DetectorSettings, from store: Store, _ reader: ModelReader
    ) async throws {
        let channels = try await store.channelNames(of: request.stream)
        let plan = HistoryPlan(settings, channelCount: channels.count, reason: request.reason)
        let start = request.throughTime.advanced(byNanoseconds: -plan.span)
        let changed = try await store.trainingLabels(
            of: request.stream, from: start, through: request.throughTime
        ).newNormalStart
        let history = try await store.history(
            of: request.stream, through: request.throughTime, plan: plan, pinned: changed)
        choices = plan.choice(for: history.times, asked: settings.historyReadings).map { [$0] } ?? []
        let live = try await reader.liveModel(of: request.stream)
        liveID = live?.id ?? 0
        var training = StreamTraining(
            request: request, history: TrainingHistory(history),
            labels: try await store.labels(of: request.stream, in: history), live: live?.model,
            references: try await store.baselineReferences(for: request, live: live, reader), channelNames: channels)
        if let reference = request.fleet { training.fleet = try await reader.fleet(reference) }
        self.training = training
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
