import LinearAlgebra
import RealModule
import VAE

/// A training from the closed form to its end, and the held-out loss on the way there.
///
/// So the seconds to a loss can be put beside those of a framework: `Tests/Detection/frameworks` trains the same network on
/// the same kind of readings in PyTorch.
struct LossBenchmark {
    private static let slotCount = 64
    /// So often the held-out windows are looked at.
    private static let lookCount = 10

    let workload: BenchmarkWorkload

    /// Windows of 64 slots of one channel and of four.
    func results(repeated count: Int) async throws -> [BenchmarkResult] {
        var results: [BenchmarkResult] = []
        for channelCount in [1, 4] {
            let run = try training(channelCount: channelCount)
            let subject = BenchmarkSubject(
                "a VAE of \(Self.slotCount * channelCount) cells, \(workload.lossStepCount) steps from its closed form",
                1, "s"
            ) { Self.train(run).last?.seconds ?? 0 }
            results.append(
                try await BenchmarkResult.measure(
                    subject, in: .train, repeated: count, note: Self.describe(Self.train(run))))
        }
        return results
    }

    private func training(channelCount: Int) throws -> TrainingRun {
        let values = readings(count: workload.lossReadingCount, channelCount: channelCount)
        let slotCount = values.count / channelCount
        let series = WindowSeries(
            channelCount: channelCount, values: values, observed: [Float](repeating: 1, count: values.count),
            isForetellable: [Bool](repeating: true, count: slotCount),
            ends: Array((Self.slotCount - 1)..<(slotCount - 8)))
        var settings = TrainingSettings()
        settings.stepCount = workload.lossStepCount
        settings.checkInterval = settings.stepCount / Self.lookCount
        settings.patience = .max
        settings.heldOutShare = 0.2
        settings.heldOutGap = Self.slotCount
        let fitted = series.with(ends: Array(series.ends.prefix(series.ends.count * 4 / 5)))
        let network = try VariationalAutoencoder(
            closedFormOf: fitted, slotCount: Self.slotCount, seed: workload.seed)
        var run = try TrainingRun(network: network, series: series, settings: settings, seed: workload.seed)
        run.lookAtStart()
        return run
    }

    /// Trains to the end; the loss at each look and the processor's seconds up to it, looks included.
    private static func train(_ start: TrainingRun) -> [(seconds: Double, loss: Double)] {
        var run = start
        var seconds = 0.0
        var looks = [(seconds: 0.0, loss: run.report.heldOutLoss)]
        while !run.isFinished {
            seconds += BenchmarkSubject.processorSeconds {
                for _ in 0..<(run.report.stepLimit / lookCount) { run.step() }
            }
            looks.append((seconds, run.report.heldOutLoss))
        }
        return looks
    }

    private static func describe(_ looks: [(seconds: Double, loss: Double)]) -> String {
        "seconds and the lowest held-out loss, nats a cell: "
            + looks.map { "\(rounded($0.seconds, 2)) s \(rounded($0.loss, 4))" }.joined(separator: ", ")
    }

    private static func rounded(_ value: Double, _ digits: Int) -> Double {
        let factor = Double.pow(10, digits)
        return (value * factor).rounded() / factor
    }

    /// Sines with a harmonic, whose height and phase wander, and noise; of mean 0 and deviation 1 (readings × channels).
    private func readings(count: Int, channelCount: Int) -> [Float] {
        var source = RandomSource(seed: workload.seed)
        var values = [Double](repeating: 0, count: count * channelCount)
        for channel in 0..<channelCount {
            let c = Double(channel)
            var (sum, squares) = (0.0, 0.0)
            for reading in 0..<count {
                let time = Double(reading)
                let height = 1 + 0.5 * Double.sin(2 * .pi * time / (397 + 31 * c))
                let phase = 2 * .pi * time / (20 + 3 * c) + 3 * Double.sin(2 * .pi * time / (271 + 23 * c)) + c
                let value = height * Double.sin(phase) + 0.4 * Double.sin(2 * phase) + 0.1 * source.normal()
                values[reading * channelCount + channel] = value
                sum += value
                squares += value * value
            }
            let mean = sum / Double(count)
            let deviation = (squares / Double(count) - mean * mean).squareRoot()
            for reading in 0..<count {
                values[reading * channelCount + channel] = (values[reading * channelCount + channel] - mean) / deviation
            }
        }
        return values.map { Float($0) }
    }
}
