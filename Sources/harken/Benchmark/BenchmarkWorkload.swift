import AnomalyDetection
import ArgumentParser

/// The kinds of work that a benchmark times.
enum BenchmarkGroup: String, CaseIterable, Encodable, ExpressibleByArgument {
    case decode
    case score
    case detect
    case train
    case store
}

/// How much work each benchmark does in a run, and the readings that it does it on.
struct BenchmarkWorkload {
    /// Streams with so many channels are timed: one sensor, a machine, a station.
    static let channelCounts = [1, 8, 25]

    /// The seed of all readings and weights.
    let seed: UInt64
    /// Bytes of text to decode.
    let textByteCount: Int
    /// Batches of 256 windows to score.
    let scoredBatchCount: Int
    /// Readings to detect on.
    let detectedReadingCount: Int
    /// Readings to train on.
    let trainedReadingCount: Int
    /// Steps of training.
    let stepCount: Int
    /// Steps of a training whose loss is followed, a multiple of ten, and the readings that it is of.
    let (lossStepCount, lossReadingCount): (Int, Int)
    /// Readings to store.
    let storedReadingCount: Int

    /// The workload, or one so small that it only shows that everything works.
    init(seed: UInt64, isQuick: Bool) {
        self.seed = seed
        textByteCount = isQuick ? 256 << 10 : 32 << 20
        scoredBatchCount = isQuick ? 20 : 400
        detectedReadingCount = isQuick ? 1_000 : 200_000
        trainedReadingCount = isQuick ? 1_000 : 2_000
        stepCount = isQuick ? 5 : 200
        (lossStepCount, lossReadingCount) = isQuick ? (10, 1_000) : (2_000, 40_000)
        storedReadingCount = isQuick ? 2_000 : 200_000
    }

    /// The plan of so many readings of each of so many pumps, a second apart.
    func plan(streams: Int, rows: Int) -> SimulationPlan {
        SimulationPlan(
            kinds: [.pump], streamCount: streams, start: StartArgument.usual.timestamp,
            intervalNanoseconds: 1_000_000_000, rowCount: rows)
    }

    /// Readings of pumps as text in a layout, at least so many bytes or so many readings.
    func text(streams: Int, layout: SimulationLayout, bytes byteLimit: Int = .max, readings: Int = .max) throws
        -> [UInt8]
    {
        var text = try SimulatedText(plan: plan(streams: streams, rows: 1 << 40), seed: seed, layout: layout)
        var bytes: [UInt8] = []
        text.appendHeader(to: &bytes)
        _ = text.append(readingLimit: readings, byteLimit: byteLimit, to: &bytes)
        return bytes
    }

    /// Readings of a station of pumps that has so many channels: the first ones of as many pumps as that takes.
    func history(count: Int, channelCount: Int = MachineKind.channelCount) -> TrainingHistory {
        let pumpCount = (channelCount + MachineKind.channelCount - 1) / MachineKind.channelCount
        var simulator = Simulator(plan: plan(streams: pumpCount, rows: count), seed: seed)
        var history = TrainingHistory(channelCount: channelCount)
        var reading: [Double] = []
        while simulator.advance() {
            reading += simulator.values
            guard reading.count == pumpCount * MachineKind.channelCount else { continue }
            history.times.append(simulator.time)
            history.values += reading.prefix(channelCount)
            history.isAlerting.append(false)
            reading.removeAll(keepingCapacity: true)
        }
        return history
    }

    /// A model of such readings, as the daemon would fit it once there are readings enough for the autoencoder.
    func trainedModel(channelCount: Int = MachineKind.channelCount) throws -> StreamModel {
        try ModelFitter(settings: DetectorSettings(), seed: seed)
            .fit(history(count: DetectorSettings.growthReadings, channelCount: channelCount))
    }

    /// An engine that scores a stream with each of the models, all of as many channels, and never trains.
    func engine(models: [StreamModel]) -> DetectionEngine {
        let engine = DetectionEngine(settings: DetectorSettings()) { _ in
            (1...models[0].channelCount).map { "channel \($0)" }
        }
        var output = DetectionOutput()
        for (stream, model) in models.enumerated() {
            engine.resume(
                StreamID(stream), from: .scoringOnly(channelCount: model.channelCount),
                readings: TrainingHistory(channelCount: model.channelCount), live: LiveModel(id: 1, model: model),
                scheduled: nil, into: &output)
        }
        return engine
    }
}
