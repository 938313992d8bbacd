import LinearAlgebra

/// Runs a model over a stretch of history exactly as the live detector would.
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
        let placement = workspace.prepare(for: model)
        workspace.wantsExpected = true
        workspace.expectedKind = kind
        var state = StreamScoringState(model: model)
        var pending: [Int] = []
        var squares = 0.0
        var cells = 0
        scores = [Float](repeating: .nan, count: history.count)
        for reading in 0..<history.count {
            let start = reading * history.channelCount
            let row = Array(history.values[start..<(start + history.channelCount)])
            _ = state.history.append(
                row.span, at: history.times[reading], profiles: model.profiles, cadence: model.cadence)
            if workspace.add(newestOf: state.history, model: model, placement) { pending.append(reading) }
            guard workspace.isFull || reading == history.count - 1 else { continue }
            workspace.evaluate(model, placement, context: &state.context)
            for (index, reading) in pending.enumerated() {
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
            pending.removeAll(keepingCapacity: true)
            workspace.clear(placement)
        }
        if cells > 0 { meanSquaredError = squares / Double(cells) }
    }

    /// The share of scored readings from `first` on whose score reaches the level.
    func share(atOrAbove level: Float, from first: Int) -> Double {
        let scored = scores[first...].filter { $0.isFinite }
        return scored.isEmpty ? 0 : Double(scored.count { $0 >= level }) / Double(scored.count)
    }
}
