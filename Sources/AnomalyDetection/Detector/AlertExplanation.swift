/// Says in the channels' own units what was odd at an alert's peak.
enum AlertExplanation {
    /// The half width of the band of normal values, in standard deviations: 99 % of a normal distribution.
    private static let bandDeviations = 2.576
    /// The readings that the fault's shape is told from. A bound, so that it does not depend on when a batch ended or the
    /// stream was resumed.
    static let readingLimit = DetectionEngine.readingsToResume

    /// The fault's shape and every channel's part, the largest share first.
    ///
    /// `peak` is the number of the peak's reading in `recent`. No more than ``readingLimit`` readings up to it are looked at.
    static func make(
        _ explanation: (shares: [Double], expected: [Float], deviations: [Float]), model: StreamModel, names: [String],
        recent: RecentReadings, peak: Int, since: Timestamp
    ) -> (FaultShape, [ChannelContribution]) {
        let total = explanation.shares.reduce(0, +)
        let numbers = recent.numbers(through: peak, limit: readingLimit)
        let reading = recent.values(of: peak)
        var leading = 0
        var contributions: [ChannelContribution] = []
        for channel in 0..<model.channelCount {
            if explanation.shares[channel] > explanation.shares[leading] { leading = channel }
            let profile = model.profiles[channel]
            let actual = channel < reading.count ? reading[reading.startIndex + channel] : .nan
            let expected =
                explanation.expected[channel].isFinite
                ? profile.denormalized(explanation.expected[channel]) : usualValue(of: profile)
            let margin =
                explanation.deviations[channel].isFinite
                ? bandDeviations * Double(explanation.deviations[channel]) * profile.spread : 0
            contributions.append(
                ChannelContribution(
                    channel: channel < names.count ? names[channel] : "channel_\(channel + 1)",
                    share: total > 0 ? explanation.shares[channel] / total : 1 / Double(model.channelCount),
                    actual: actual.isFinite ? actual : nil, expected: expected, lower: expected.map { $0 - margin },
                    upper: expected.map { $0 + margin }))
        }
        contributions.sort { $0.share > $1.share }
        let shape = FaultShapeClassifier.classify(
            recent, numbers: numbers, since: since, channel: leading, profile: model.profiles[leading])
        return (shape, contributions)
    }

    /// What a channel without an expectation from the window usually shows: its only value, if it has just one.
    private static func usualValue(of profile: ChannelProfile) -> Double? {
        profile.knownValues.count == 1 ? profile.knownValues[0] : nil
    }
}
