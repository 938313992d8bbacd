import LinearAlgebra
import RealModule

/// What a model says of a stretch of history: its scores, and how far it rebuilds readings from what they were.
struct ModelReplay {
    /// For each reading its anomaly score; NaN where too little of the window is filled.
    private(set) var scores: [Float] = []
    /// The mean squared distance of the newest readings from what was expected of them, in units of each channel's spread in
    /// `yardstick`, over the channels that the model rebuilds.
    private(set) var meanSquaredError = Double.nan

    /// Replays the history; only readings from `firstCounted` on that no alert covers enter the error.
    init(_ model: StreamModel, over history: TrainingHistory, firstCounted: Int, yardstick: [ChannelProfile]) {
        var workspace = ScoringWorkspace()
        workspace.wantsExpected = true
        var squares = 0.0
        var cells = 0
        var scores = [Float](repeating: .nan, count: history.count)
        HistoryReplay.forEachBlock(of: history, model: model, in: &workspace) { readings, workspace, _ in
            for (index, reading) in readings.enumerated() {
                scores[reading] = model.calibration.score(workspace.sums[index])
                guard reading >= firstCounted, !history.isAlerting[reading] else { continue }
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

    /// For each reading its anomaly score by a model; NaN where too little of the window is filled.
    static func scores(of model: StreamModel, over history: TrainingHistory) -> [Float] {
        var workspace = ScoringWorkspace()
        var scores = [Float](repeating: .nan, count: history.count)
        HistoryReplay.forEachBlock(of: history, model: model, in: &workspace) { readings, workspace, _ in
            for (index, reading) in readings.enumerated() {
                scores[reading] = model.calibration.score(workspace.sums[index])
            }
        }
        return scores
    }

    /// Leaves the scores of readings out that an alert covers, which say nothing of what is normal.
    mutating func leaveOutAlerts(of history: TrainingHistory) {
        for reading in scores.indices where history.isAlerting[reading] { scores[reading] = .nan }
    }

    /// A replay of which scores alone are known.
    init(scores: [Float]) {
        self.scores = scores
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

    /// How many alerts would have fired from `first` on: runs of at least `hold` scored readings at or over the level. Runs no
    /// further apart than `gap` are one.
    func alertCount(at level: Float, holdingFor hold: Int, apartBy gap: Int, from first: Int) -> Int {
        var (alerts, run, calm) = (0, 0, gap)
        for score in scores[first...] where score.isFinite {
            run = score >= level ? run + 1 : 0
            calm += 1
            guard run >= hold else { continue }
            if run == hold, calm - hold >= gap { alerts += 1 }
            calm = 0
        }
        return alerts
    }

    /// The share of scored readings from `first` on whose score reaches the level.
    func share(atOrAbove level: Float, from first: Int) -> Double {
        let scored = scores[first...].filter { $0.isFinite }
        return scored.isEmpty ? 0 : Double(scored.count { $0 >= level }) / Double(scored.count)
    }

    /// How far the scores from `first` on are from what scores of normal readings mean: the largest difference between the share
    /// of readings that reach a score and the probability that the score stands for (Kolmogorov and Smirnov's distance; 0 to 1).
    func calibrationError(from first: Int) -> Double {
        let probabilities = scores[first...].filter { $0.isFinite }.map { Double.exp10(-Double($0)) }.sorted()
        let count = Double(probabilities.count)
        return probabilities.enumerated().reduce(0) { worst, entry in
            max(
                worst, abs(Double(entry.offset) / count - entry.element),
                abs(Double(entry.offset + 1) / count - entry.element))
        }
    }
}
