package import AnomalyDetection
import Foundation
package import Storage

/// Trainings without a daemon: the database alone says what there is to train on.
package struct OfflineTraining {
    private let store: Store
    private let settings: DetectorSettings

    /// Trainings in this database, which no daemon may be using.
    package init(store: Store, settings: DetectorSettings) {
        self.store = store
        self.settings = settings
    }

    /// Trains every stream whose name matches the pattern and that has enough readings; `tell` gets a line for each.
    package func run(streams pattern: String?, tell: (String) -> Void) async throws {
        let summaries = try await store.streamSummaries(matching: pattern)
        if summaries.isEmpty { tell("there is no stream to train" + (pattern.map { " that matches \($0)" } ?? "")) }
        for summary in summaries {
            let history = try await store.recentReadings(of: summary.stream.id, limit: settings.historyReadings)
            let count = try await store.readingCount(of: summary.stream.id)
            guard let last = history.times.last, history.count >= settings.warmUpReadings else {
                tell("\(summary.stream.name): skipped, it has \(history.count) of \(settings.warmUpReadings) readings")
                continue
            }
            let live = try await store.liveModel(of: summary.stream.id)
            let request = TrainingRequest(
                stream: summary.stream.id, reason: .command, throughTime: last, throughReading: count,
                effectiveFromReading: count, seed: settings.seed &+ UInt64(count))
            let startedAt = Timestamp(seconds: Date.now.timeIntervalSince1970)
            let outcome = try ModelTrainer(settings: settings, channelNames: summary.stream.channels).train(
                on: TrainingHistory(history), labels: try await store.labels(of: summary.stream.id, in: history),
                live: live, seed: request.seed)
            let model = outcome.candidate.map { candidate in
                TrainedModel(candidate, trainedOn: history, request: request)
            }
            try await store.insertTrainingRun(
                decision: outcome.decision, request: request, startedAt: startedAt,
                finishedAt: Timestamp(seconds: Date.now.timeIntervalSince1970), model: model,
                exclusions: outcome.exclusions)
            tell("\(summary.stream.name): \(outcome.decision.verdict.rawValue), \(outcome.decision.reason)")
        }
    }
}

extension TrainedModel {
    /// A candidate, ready to be stored.
    init(_ candidate: StreamModel, trainedOn history: ReadingHistory, request: TrainingRequest) {
        self.init(
            blob: ModelBlob.encode(candidate), summary: candidate.choices.joined(separator: "\n"),
            trainedFrom: history.times.first ?? request.throughTime, trainedThrough: request.throughTime)
    }
}
