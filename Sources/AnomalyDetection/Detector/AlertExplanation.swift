/// Says in the channels' own units what was odd at an alert's peak.
struct AlertExplanation {
    /// The half width of the band of normal values, in standard deviations: 99 % of a normal distribution.
    static let bandDeviations = 2.576
    /// The readings that the fault's shape is told from. A bound, so that it does not depend on when a batch ended or the
    /// stream was resumed.
    static let readingLimit = DetectionEngine.readingsToResume

    /// The fault's shape in the leading channel.
    let shape: FaultShape
    /// What became of the leading channel's unit, where that is the shape and it can be told.
    let unitChange: UnitChange?
    /// Every channel's part, the largest share first; the shares sum to 1.
    let contributions: [ChannelContribution]

    /// An explanation from what the workspace says of one window.
    ///
    /// `peak` is the number of the peak's reading in `recent`. No more than ``readingLimit`` readings up to it are looked at.
    init(
        _ explanation: (shares: [Double], expected: [Float], deviations: [Float]), model: StreamModel, names: [String],
        recent: RecentReadings, peak: Int, since: Timestamp
    ) {
        let numbers = recent.numbers(through: peak, limit: Self.readingLimit)
        contributions = Self.contributions(explanation, of: recent.values(of: peak), model: model, names: names)
        let leading = explanation.shares.indices.max { explanation.shares[$0] < explanation.shares[$1] } ?? 0
        (shape, unitChange) = FaultShapeClassifier.classify(
            recent, numbers: numbers, since: since, channel: leading, profile: model.profiles[leading])
    }

    /// Every channel's part in the score of a reading, the largest share first.
    static func contributions(
        _ explanation: (shares: [Double], expected: [Float], deviations: [Float]), of reading: ArraySlice<Double>,
        model: StreamModel, names: [String]
    ) -> [ChannelContribution] {
        let total = explanation.shares.reduce(0, +)
        var contributions: [ChannelContribution] = []
        for channel in 0..<model.channelCount {
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
        return contributions.sorted { $0.share > $1.share }
    }

    /// What a channel without an expectation from the window usually shows: its only value, if it has just one.
    static func usualValue(of profile: ChannelProfile) -> Double? {
        profile.knownValues.count == 1 ? profile.knownValues[0] : nil
    }
}
