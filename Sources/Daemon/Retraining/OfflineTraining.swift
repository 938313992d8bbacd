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
        let reader = ModelReader(store: store)
        let summaries = try await store.streamSummaries(matching: pattern)
        if summaries.isEmpty { tell("there is no stream to train" + (pattern.map { " that matches \($0)" } ?? "")) }
        for summary in summaries {
            let count = try await store.readingCount(of: summary.stream.id)
            guard let last = summary.lastReadingAt, count >= settings.warmUpReadings else {
                tell("\(summary.stream.name): skipped, it has \(count) of \(settings.warmUpReadings) readings")
                continue
            }
            let reference = try await store.fleetReference(ofLive: summary.stream.id)
            let request = TrainingRequest(
                stream: summary.stream.id, reason: .command, throughTime: last, throughReading: count,
                effectiveFromReading: count, seed: settings.seed &+ UInt64(count), fleet: reference)
            let startedAt = Timestamp(seconds: Date.now.timeIntervalSince1970)
            let material = try await TrainingMaterial(request, settings: settings, from: store, reader)
            let outcome = try material.training.run(settings: settings).outcome
            let model = outcome.candidate.map { candidate in TrainedModel(candidate, trainedOn: material) }
            try await store.insertTrainingRun(
                decision: outcome.decision, request: request, startedAt: startedAt,
                finishedAt: Timestamp(seconds: Date.now.timeIntervalSince1970), model: model,
                exclusions: outcome.exclusions, recipe: outcome.recipe, comparedWith: material.liveID)
            tell("\(summary.stream.name): \(outcome.decision.verdict.rawValue), \(outcome.decision.reason)")
        }
    }
}

extension TrainedModel {
    /// A candidate, ready to be stored.
    init(_ candidate: StreamModel, trainedOn material: TrainingMaterial) {
        let first = material.training.history.times.first ?? material.request.throughTime
        guard let fleet = candidate.fleet, let own = FleetBlob.encodeMember(candidate) else {
            self.init(
                blob: ModelBlob.encode(candidate),
                summary: (material.choices + candidate.choices).joined(separator: "\n"),
                trainedFrom: first, trainedThrough: material.request.throughTime)
            return
        }
        // What the weights' training chose stands with them, once for all streams.
        self.init(
            blob: own,
            summary: "weights: those of its fleet, version \(fleet.version), from \(fleet.memberCount) streams\n"
                + "normalizer: from \(fleet.readings) readings of the stream itself",
            trainedFrom: first, trainedThrough: material.request.throughTime, fleetModelID: fleet.modelID)
    }
}

extension TrainedFleet {
    /// Weights, ready to be stored.
    init(_ fleet: FleetModel) {
        self.init(
            blob: FleetBlob.encode(fleet), summary: fleet.base.choices.joined(separator: "\n"),
            streamCount: fleet.memberCount)
    }
}
