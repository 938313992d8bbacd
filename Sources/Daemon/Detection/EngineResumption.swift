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
    /// A model that cannot be read is reported and left out; the stream then warms up again on its stored history.
    func resume(_ engine: DetectionEngine, into output: inout DetectionOutput) async throws {
        guard !saved.streams.isEmpty else { return }
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

    private func decodeModels() async throws -> (live: [StreamID: LiveModel], scheduled: [StreamID: LiveModel]) {
        let stored = try await store.activeModels()
        let blobs = try await store.modelBlobs(stored.map(\.id))
        var live: [StreamID: LiveModel] = [:]
        var scheduled: [StreamID: LiveModel] = [:]
        for (record, blob) in zip(stored, blobs) {
            do {
                let model = LiveModel(id: record.id, model: try ModelBlob.decode(blob))
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

extension Store {
    /// The version that scores a stream now; nil during warm-up.
    func liveModel(of stream: StreamID) async throws -> StreamModel? {
        guard let record = try await activeModels(of: stream).first(where: { $0.status == .live }),
            let blob = try await modelBlobs([record.id]).first
        else { return nil }
        return try ModelBlob.decode(blob)
    }
}
