import AnomalyDetection

/// From readings to scores and alerts, with models at hand.
struct DetectionBenchmark {
    private static let batchReadings = 8_192

    let workload: BenchmarkWorkload
    let model: StreamModel

    /// One stream and a hundred, in full batches, and a hundred whose batches hold one reading of each.
    func results(repeated count: Int) async throws -> [BenchmarkResult] {
        var results: [BenchmarkResult] = []
        for (streams, rows, name) in [
            (1, Self.batchReadings, "1 stream × 4 channels"),
            (100, Self.batchReadings / 100, "100 streams × 4 channels"),
            (100, 1, "100 streams × 4 channels, a batch for each second"),
        ] {
            results.append(
                try await BenchmarkResult.measure(
                    subject(name, streams: streams, rowsPerBatch: rows), in: .detect, repeated: count,
                    note: streams == 1
                        ? "models with \(model.hasReconstruction ? "an autoencoder" : "no autoencoder")" : nil))
        }
        return results
    }

    /// Every stream has the readings of the pump that the model was fitted to: other pumps would be alerts.
    private func subject(_ name: String, streams: Int, rowsPerBatch: Int) -> BenchmarkSubject {
        let history = workload.history(count: workload.detectedReadingCount / streams)
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
        var output = DetectionOutput()
        return BenchmarkSubject(name, history.count * streams, "readings/s") { [workload, model] in
            let engine = workload.engine(model: model, streams: streams)
            return BenchmarkSubject.processorSeconds {
                for batch in batches {
                    output.removeAll()
                    engine.ingest(batch, into: &output)
                }
            }
        }
    }
}
