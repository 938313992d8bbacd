import AnomalyDetection

/// From readings to scores and alerts, with models at hand.
struct DetectionBenchmark {
    private static let batchReadings = 8_192

    let workload: BenchmarkWorkload
    /// A model of a pump.
    let model: StreamModel

    /// One pump and a hundred, in full batches, and a hundred whose batches hold one reading of each; a thousand with models of their
    /// own, which no cache holds; then one stream of few channels and of many.
    func results(repeated count: Int) async throws -> [BenchmarkResult] {
        var results: [BenchmarkResult] = []
        for (streams, rows, hasOwnModels, name) in [
            (1, Self.batchReadings, false, "1 stream × 4 channels"),
            (100, Self.batchReadings / 100, false, "100 streams × 4 channels"),
            (100, 1, false, "100 streams × 4 channels, a batch for each second"),
            (1_000, 1, true, "1000 streams × 4 channels, each with its own model, a batch for each second"),
        ] {
            results.append(
                try await BenchmarkResult.measure(
                    try subject(name, model, streams: streams, rowsPerBatch: rows, hasOwnModels: hasOwnModels),
                    in: .detect, repeated: count,
                    note: streams == 1
                        ? "models of \(ModelBlob.encode(model).count / 1_000) kB" : nil))
        }
        for channelCount in BenchmarkWorkload.channelCounts {
            let name = "1 stream × \(channelCount) channel\(channelCount == 1 ? "" : "s")"
            let model = try workload.trainedModel(channelCount: channelCount)
            results.append(
                try await BenchmarkResult.measure(
                    try subject(name, model, streams: 1, rowsPerBatch: Self.batchReadings), in: .detect, repeated: count
                ))
        }
        return results
    }

    /// Every stream has the readings of the pumps that the model was fitted to: other pumps would be alerts.
    private func subject(
        _ name: String, _ model: StreamModel, streams: Int, rowsPerBatch: Int, hasOwnModels: Bool = false
    ) throws -> BenchmarkSubject {
        // Beyond a machine's channels a reading costs as many times more; so many fewer are read.
        let count = max(
            1, workload.detectedReadingCount / streams / max(1, model.channelCount / MachineKind.channelCount))
        let history = workload.history(count: count, channelCount: model.channelCount)
        var batches: [ReadingBatch] = []
        for start in stride(from: 0, to: history.count, by: rowsPerBatch) {
            var batch = ReadingBatch()
            for row in start..<min(start + rowsPerBatch, history.count) {
                for stream in 0..<streams {
                    for channel in 0..<history.channelCount {
                        batch.appendCell(
                            channel: channel, value: history.values[row * history.channelCount + channel])
                    }
                    batch.endReading(stream: StreamID(stream), time: history.times[row])
                }
            }
            batches.append(batch)
        }
        let blob = ModelBlob.encode(model)
        let models = try (0..<streams).map { _ in hasOwnModels ? try ModelBlob.decode(blob) : model }
        var output = DetectionOutput()
        return BenchmarkSubject(name, history.count * streams, "readings/s") { [workload] in
            let engine = workload.engine(models: models)
            return BenchmarkSubject.processorSeconds {
                for batch in batches {
                    output.removeAll()
                    engine.ingest(batch, into: &output)
                }
            }
        }
    }
}
