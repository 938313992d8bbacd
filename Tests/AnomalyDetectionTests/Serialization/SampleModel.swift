import AnomalyDetection
import LinearAlgebra
import VAE

/// A model with all kinds of evidence, fitted to a simulated pump with a switch and a constant beside its channels.
enum SampleModel {
    /// Readings of six channels, among them a switch and a constant.
    static func history(rows: Int, seed: UInt64) -> TrainingHistory {
        var simulator = Simulator(plan: SampleReadings.plan(rows: rows), seed: seed)
        var history = TrainingHistory(channelCount: 6)
        while simulator.advance() {
            let isOn = (simulator.row / 100) % 2 == 0
            history.times.append(simulator.time)
            history.values += simulator.values + [isOn ? 1 : 0, 42]
            history.isAlerting.append(false)
        }
        return history
    }

    /// A fitted model; the same for the same seed.
    static func model(seed: UInt64) throws -> StreamModel {
        var settings = DetectorSettings()
        settings.seed = seed
        return try ModelFitter(settings: settings, training: .network, seed: seed).fit(history(rows: 1_100, seed: seed))
    }
}

extension StreamModel {
    /// The same model as it was before there were settled scores.
    var withoutSettledCalibration: StreamModel {
        StreamModel(
            cadence: cadence, profiles: profiles, network: network, parts: parts, calibration: calibration,
            settledCalibration: nil, threshold: threshold, trainedReadings: trainedReadings, choices: choices)
    }
}

extension StreamModel {
    /// The same model as if it had learned from readings of many days.
    var ofManyDays: StreamModel {
        StreamModel(
            cadence: cadence, profiles: profiles, network: network, parts: parts, calibration: calibration,
            settledCalibration: settledCalibration, threshold: threshold, trainedReadings: 1_000_000, choices: choices)
    }
}

extension LinearPath {
    /// A path of the same size that rebuilds nothing but zeros.
    var forgotten: LinearPath {
        LinearPath(
            center: [Float](repeating: 0, count: center.count),
            directions: [Float](repeating: 0, count: directions.count), variances: variances,
            residualVariance: residualVariance)
    }
}

/// The scores of a history under a model, as the live stream would have them.
func scores(of model: StreamModel, over history: TrainingHistory) -> [Float] {
    let settings = DetectorSettings()
    let engine = DetectionEngine(settings: settings) { _ in [] }
    var output = DetectionOutput()
    engine.resume(
        StreamID(0), from: .scoringOnly(channelCount: history.channelCount),
        readings: TrainingHistory(channelCount: history.channelCount), live: LiveModel(id: 1, model: model),
        scheduled: nil, into: &output)
    var batch = ReadingBatch()
    for reading in 0..<history.count {
        for channel in 0..<history.channelCount {
            batch.appendCell(channel: channel, value: history.values[reading * history.channelCount + channel])
        }
        batch.endReading(stream: StreamID(0), time: history.times[reading])
    }
    engine.ingest(batch, into: &output)
    return output.rows.map(\.score)
}
