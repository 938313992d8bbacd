import LinearAlgebra
import RealModule

/// What a model says of a stretch of history: its scores, and how far it rebuilds readings from what they were.
struct ModelReplay {
    /// For each reading its anomaly score; NaN where too little of the window is filled.
    private(set) var scores: [Float] = []
    /// The mean squared distance of the newest readings from what was expected of them, in units of each channel's spread in
    /// `yardstick`, over the channels that the model rebuilds.
    private(set) var meanSquaredError = Double.nan
    /// The mean log-likelihood of a value under the forecast one reading ahead, taken as Gaussian, in natural units and values
    /// in units of `yardstick`; NaN where the model forecasts nothing. It is the same measure for every model: a stream's
    /// course that a model does not know it takes for noise, and says so by a large deviation.
    private(set) var logLikelihood = Double.nan

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
        let forecast = model.parts.firstIndex { ($0 as? Forecast)?.horizon == 1 && $0.weight > 0 }
        var (forecastErrors, forecastCount) = (0.0, 0)
        var scores = [Float](repeating: .nan, count: history.count)
        HistoryReplay.forEachBlock(of: history, model: model, in: &workspace) { readings, workspace in
            for (index, reading) in readings.enumerated() {
                scores[reading] = model.calibration.score(workspace.sums[index])
                guard reading >= firstCounted else { continue }
                if let forecast {
                    let part = model.parts[forecast]
                    let ratio = workspace.partSums[forecast * WindowBlock.rowCount + index] / part.weight
                    forecastErrors += Double(ratio * part.scale)
                    forecastCount += 1
                }
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
        if forecastCount > 0, let forecast, let part = model.parts[forecast] as? Forecast {
            let logDeviations = zip(part.layout.channels, part.deviations).map { channel, deviation in
                Double.log(Double(deviation) * model.profiles[channel].spread / yardstick[channel].spread)
            }
            logLikelihood =
                -(forecastErrors / Double(forecastCount) + Double.log(2 * .pi)) / 2
                - logDeviations.reduce(0, +) / Double(max(1, logDeviations.count))
        }
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
