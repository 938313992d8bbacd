import AnomalyDetection
import Testing
import VAE

/// The part as it is after a model with it, and the network that it reads, was stored and read again.
func stored<Part: EvidencePart>(_ part: Part, channelCount: Int, network: WindowNetwork? = nil) throws -> Part {
    let profile = ChannelProfile(role: .continuous, center: 0, spread: 1, knownValues: [], missingShare: 0)
    let model = StreamModel(
        cadence: Cadence(interval: 1_000_000_000, isRegular: true),
        profiles: [ChannelProfile](repeating: profile, count: channelCount), network: network, parts: [part],
        calibration: ScoreCalibration(sums: [0, 1, 2]),
        threshold: AlertThreshold(firing: 3, clearing: 2, isProvisional: false), trainedReadings: 100, choices: [])
    let read = try ModelBlob.decode(ModelBlob.encode(model))
    #expect(read.parts.count == 1)
    return try #require(read.parts.first as? Part)
}
