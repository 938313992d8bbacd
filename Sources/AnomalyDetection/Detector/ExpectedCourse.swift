/// What a model expected of each reading of a stretch, and how far from that normal readings lie: the picture behind an alert.
package struct ExpectedCourse: Sendable {
    /// The value expected of each channel of the model in each reading, in the channel's unit, (readings × channels); NaN where the
    /// model has no idea, and where too little of the window is there.
    package private(set) var expected: [Double]
    /// For each channel half the width of the band around what is expected in which 99 % of normal values lie.
    package private(set) var margins: [Double]
    /// The number of channels of the model.
    package let channelCount: Int

    /// As many readings before the first one that is asked for make its expectation that of the live detector.
    package static let leadCount = StreamScoringState.readingsToFill

    /// Runs a model over readings.
    package init(of history: TrainingHistory, model: StreamModel) {
        channelCount = model.channelCount
        let usual = model.profiles.map { AlertExplanation.usualValue(of: $0) ?? .nan }
        var expected = (0..<history.count).flatMap { _ in usual }
        var margins = usual.map { $0.isFinite ? 0 : Double.nan }
        var workspace = ScoringWorkspace()
        workspace.wantsExpected = true
        var hasMargins = false
        HistoryReplay.forEachBlock(of: history, model: model, in: &workspace) { readings, workspace, placement in
            for (index, reading) in readings.enumerated() {
                for (channel, profile) in model.profiles.enumerated() {
                    let value = workspace.expected[index * model.channelCount + channel]
                    guard value.isFinite else { continue }
                    expected[reading * model.channelCount + channel] = profile.denormalized(value)
                }
            }
            guard !hasMargins, !readings.isEmpty else { return }
            // The same in every window of a model.
            hasMargins = true
            let deviations = workspace.explain(model, placement, row: 0).deviations
            for (channel, profile) in model.profiles.enumerated() where deviations[channel].isFinite {
                margins[channel] = AlertExplanation.bandDeviations * Double(deviations[channel]) * profile.spread
            }
        }
        self.expected = expected
        self.margins = margins
    }
}
