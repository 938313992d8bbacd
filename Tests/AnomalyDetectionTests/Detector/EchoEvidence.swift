import AnomalyDetection
import VAE

/// Evidence whose error is the value that was read, so that sums can be told by hand.
struct EchoEvidence: EvidencePart {
    let kind = EvidenceKind.rebuild
    let layout: WindowLayout
    let weight: Float = 1
    let fades = false
    /// Wide enough that no value of the tests is clipped.
    static let spread: Float = 100

    func score(_ windows: WindowBlock, scratch: inout EvidenceScratch, into ratios: inout [Float]) {
        for row in 0..<windows.count { ratios[row] = windows.values[(row + 1) * layout.width - 1] * Self.spread }
    }

    func encode(into writer: inout ByteWriter) {}

    func explain(_ windows: WindowBlock, row: Int, scratch: inout EvidenceScratch) -> EvidenceExplanation {
        EvidenceExplanation(shares: [1])
    }

    /// A model whose sums are the readings' values, whose scores are 1 + sum ÷ ln 10, and whose alerts fire and clear at these
    /// sums; with another calibration only the sums are as told.
    static func model(
        isRegular: Bool = true, windowLength: Int = 1, firing: Float = 1_000, clearing: Float = 900,
        trainedReadings: Int = 1_000_000, interval: Int64 = SampleReadings.second,
        calibration: ScoreCalibration = ScoreCalibration(
            sampleCount: 1_000, knots: [0, 0], tailScale: 1, tailShape: 0)
    ) -> LiveModel {
        return LiveModel(
            id: 7,
            model: StreamModel(
                cadence: Cadence(interval: interval, isRegular: isRegular),
                profiles: [
                    ChannelProfile(
                        role: .continuous, center: 0, spread: Double(spread), knownValues: [], missingShare: 0)
                ],
                parts: [EchoEvidence(layout: WindowLayout(length: windowLength, channels: [0]))],
                calibration: calibration, settledCalibration: calibration,
                threshold: AlertThreshold(
                    firing: calibration.score(firing), clearing: calibration.score(clearing), isProvisional: false),
                trainedReadings: trainedReadings, choices: []))
    }

    /// An engine that scores one stream with a model and never trains.
    static func engine(
        _ model: LiveModel, channelCount: Int = 1, settings: DetectorSettings = .quick
    ) -> DetectionEngine {
        let engine = DetectionEngine(settings: settings) { _ in ["value"] }
        var output = DetectionOutput()
        engine.resume(
            StreamID(0), from: .scoringOnly(channelCount: channelCount),
            readings: TrainingHistory(channelCount: channelCount), live: model, scheduled: nil, into: &output)
        return engine
    }

    /// Readings of the stream by the second.
    static func batch(_ readings: [(second: Int64, value: Double)]) -> ReadingBatch {
        ReadingBatch(
            readings.map { reading in
                SampleReading(
                    stream: 0,
                    time: SampleReadings.start.advanced(byNanoseconds: reading.second * SampleReadings.second),
                    cells: [.init(channel: 0, value: reading.value)])
            })
    }
}
