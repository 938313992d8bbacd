import AnomalyDetection
import Logging
import Storage

/// Brings a detector to where it was when the last transaction was committed.
struct EngineResumption {
    private let store: Store
    private let saved: SavedState
    private let logger: Logger

    /// A resumption from what the database says.
    init(store: Store, saved: SavedState, logger: Logger) {
        self.store = store
        self.saved = saved
        self.logger = logger
    }

    /// Hands every known stream to the engine: its state, its newest readings, its models.
    ///
    /// Readings that waited for a model go on waiting until ``DetectionEngine/goOn(into:)``. A model that cannot be read is reported
    /// and left out; the stream then warms up again on its stored history.
    func resume(_ engine: DetectionEngine, into output: inout DetectionOutput) async throws {
        guard !saved.streams.isEmpty else { return }
        try await restoreFleets(engine, into: &output)
        let models = try await decodeModels()
        var snapshots: [StreamSnapshot] = []
        for stream in saved.streams {
            let bytes = saved.states[stream.id]?.bytes
            snapshots.append(
                try bytes.map { try StreamSnapshot(decoding: $0) } ?? StreamSnapshot(settings: engine.settings))
        }
        let histories = try await store.recentReadings(
            of: saved.streams.map(\.id), limit: DetectionEngine.readingsToResume)
        for (index, stream) in saved.streams.enumerated() {
            var history = histories[index]
            if snapshots[index].heldCount > 0 {
                history = try await store.recentReadings(
                    of: stream.id, limit: DetectionEngine.readingsToResume + snapshots[index].heldCount)
            }
            engine.resume(
                stream.id, from: snapshots[index], readings: TrainingHistory(history), live: models.live[stream.id],
                scheduled: models.scheduled[stream.id], into: &output)
        }
        logger.info("resumed", metadata: ["streams": "\(saved.streams.count)", "models": "\(models.live.count)"])
    }

    /// Fleets go on from their newest requests; those whose trainings have not ended are asked for again, in their order.
    private func restoreFleets(_ engine: DetectionEngine, into output: inout DetectionOutput) async throws {
        let stored = try await store.fleets()
        engine.restore(fleets: try stored.newest.map { try FleetBlob.decodeRequest($0) })
        output.fleetRequests += try stored.open.map { try FleetBlob.decodeRequest($0) }
    }

    private func decodeModels() async throws -> (live: [StreamID: LiveModel], scheduled: [StreamID: LiveModel]) {
        let stored = try await store.activeModels()
        let models = try await ModelReader(store: store).models(stored)
        var live: [StreamID: LiveModel] = [:]
        var scheduled: [StreamID: LiveModel] = [:]
        for (record, read) in zip(stored, models) {
            do {
                let model = LiveModel(id: record.id, model: try read.get())
                if record.status == .live { live[record.stream] = model } else { scheduled[record.stream] = model }
            } catch {
                logger.error(
                    "a stored model cannot be read and is left out",
                    metadata: ["stream": "\(record.streamName)", "model": "\(record.id)", "cause": "\(error)"])
            }
        }
        return (live, scheduled)
    }
}
