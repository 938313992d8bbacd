import AnomalyDetection
import LinearAlgebra
import VAE

/// Fitting: single steps of the network, a stream's first model as a whole, and a later one with the decision on it.
struct TrainingBenchmark {
    let workload: BenchmarkWorkload

    /// Steps with windows of 256 cells and of 64, models of a few channels and of many, and whole trainings with their loss.
    func results(repeated count: Int) async throws -> [BenchmarkResult] {
        var results: [BenchmarkResult] = []
        for width in [256, 64] {
            results.append(try await BenchmarkResult.measure(try steps(width: width), in: .train, repeated: count))
        }
        for channelCount in BenchmarkWorkload.channelCounts {
            results.append(
                try await BenchmarkResult.measure(fit(channelCount: channelCount), in: .train, repeated: count))
        }
        for channelCount in BenchmarkWorkload.channelCounts {
            results.append(
                try await BenchmarkResult.measure(refit(channelCount: channelCount), in: .train, repeated: count))
        }
        return results + (try await LossBenchmark(workload: workload).results(repeated: count))
    }

    private func steps(width: Int) throws -> BenchmarkSubject {
        var source = RandomSource(seed: workload.seed)
        let (slotCount, channelCount) = (64, width / 64)
        let values = (0..<(2_048 * channelCount)).map { _ in Float(source.normal()) }
        let series = WindowSeries(
            channelCount: channelCount, values: values, observed: [Float](repeating: 1, count: values.count),
            isForetellable: [Bool](repeating: true, count: 2_048), ends: Array(slotCount..<2_040))
        let network = try VariationalAutoencoder(closedFormOf: series, slotCount: slotCount, seed: workload.seed)
        var settings = TrainingSettings()
        settings.patience = .max
        let sizes = "\(width)-\(network.shape.hiddenCount)-\(network.shape.latentCount)"
        return BenchmarkSubject(
            "steps of a VAE \(sizes), \(settings.windowsPerStep) windows each", workload.stepCount, "steps/s"
        ) { [workload] in
            var run = try TrainingRun(network: network, series: series, settings: settings, seed: workload.seed)
            run.step()
            return BenchmarkSubject.processorSeconds {
                for _ in 0..<workload.stepCount { run.step() }
            }
        }
    }

    private func fit(channelCount: Int) -> BenchmarkSubject {
        let history = workload.history(count: workload.trainedReadingCount, channelCount: channelCount)
        let name = "a first model of \(history.count) readings × \(channelCount) channel\(channelCount == 1 ? "" : "s")"
        return BenchmarkSubject(name, 1, "s") { [workload] in
            try BenchmarkSubject.processorSeconds {
                _ = try ModelTrainer(settings: DetectorSettings()).train(on: history, live: nil, seed: workload.seed)
            }
        }
    }

    /// The live version was fitted to as many readings a while earlier, as where a stream is retrained again and again. That it was
    /// trained is not counted.
    private func refit(channelCount: Int) throws -> BenchmarkSubject {
        // A fifth of a history is held out to decide on the candidate.
        let (count, before) = (workload.trainedReadingCount, workload.trainedReadingCount / 5)
        let all = workload.history(count: before + count, channelCount: channelCount)
        let trainer = ModelTrainer(settings: DetectorSettings())
        let live = try trainer.train(on: all[0..<(count - before)], live: nil, seed: workload.seed).candidate
        let history = all[before..<all.count]
        let name = "a retraining of \(history.count) readings × \(channelCount) channel\(channelCount == 1 ? "" : "s")"
        return BenchmarkSubject(name, 1, "s") { [workload] in
            try BenchmarkSubject.processorSeconds {
                _ = try trainer.train(on: history, live: live, seed: workload.seed &+ 1)
            }
        }
    }
}
