import LinearAlgebra

/// What a model says of a stretch of history: its scores, and how far it rebuilds readings from what they were.
struct ModelReplay {
    /// For each reading its anomaly score; NaN where too little of the window is filled.
    private(set) var scores: [Float] = []
    /// The mean squared distance of the newest readings from what was expected of them, in units of each channel's spread in
    /// `yardstick`, over the channels that the model rebuilds.
    private(set) var meanSquaredError = Double.nan

    /// Replays the history; only readings from `firstCounted` on enter the error, which is that of parts of one kind.
    init(
        _ model: StreamModel, over history: TrainingHistory, firstCounted: Int, yardstick: [ChannelProfile],
        errorOf kind: EvidenceKind = .linear
    ) {
        var workspace = ScoringWorkspace()
        workspace.wantsExpected = true
        workspace.expectedKind = kind
        var squares = 0.0
        var cells = 0
        var scores = [Float](repeating: .nan, count: history.count)
        HistoryReplay.forEachBlock(of: history, model: model, in: &workspace) { readings, workspace in
            for (index, reading) in readings.enumerated() {
                scores[reading] = model.calibration.score(workspace.sums[index])
                guard reading >= firstCounted else { continue }
                for channel in 0..<min(model.channelCount, history.channelCount) {
                    let expected = workspace.expected[index * model.channelCount + channel]
                    let actual = history.values[reading * history.channelCount + channel]
                    guard expected.isFinite, actual.isFinite else { continue }
                    let difference =
                        (actual - model.profiles[channel].denormalized(expected)) / yardstick[channel].spread
                    squares += min(difference * difference, Double(ChannelProfile.clip * ChannelProfile.clip))
                    cells += 1
                }
            }
        }
        self.scores = scores
        if cells > 0 { meanSquaredError = squares / Double(cells) }
    }

    /// The share of scored readings from `first` on that lie in runs of at least `hold` whose scores reach the level: those under
    /// an alert.
    func share(alertingAt level: Float, holdingFor hold: Int, from first: Int) -> Double {
        let scored = scores[first...].filter { $0.isFinite }
        guard !scored.isEmpty else { return 0 }
        var (run, alerting) = (0, 0)
        for score in scored {
            run = score >= level ? run + 1 : 0
            if run == hold { alerting += hold } else if run > hold { alerting += 1 }
        }
        return Double(alerting) / Double(scored.count)
    }

    /// The share of scored readings from `first` on whose score reaches the level.
    func share(atOrAbove level: Float, from first: Int) -> Double {
        let scored = scores[first...].filter { $0.isFinite }
        return scored.isEmpty ? 0 : Double(scored.count { $0 >= level }) / Double(scored.count)
    }
}
