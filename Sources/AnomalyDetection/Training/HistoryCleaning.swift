/// Which readings of a history are left out of training: those with an alert, and those that settled as abnormal.
///
/// An alert begins late and a fault that comes and goes raises none, but what is not normal must not be learned as normal. A
/// reading settled as abnormal when its settled sum is at or over the sum at which alerts fire.
struct HistoryCleaning {
    /// Without alerts, this rule may cost at most so much of a history: where it would cost more, what it calls abnormal is
    /// what the stream does now.
    private static let shareLimit = 0.2

    /// Nanoseconds after which the context of a young model begins anew.
    private static let lapse: Int64 = 3_600 * 1_000_000_000

    /// For each reading whether it is left out.
    let isExcluded: [Bool]
    /// Where the rule was not applied, how many readings with their windows it would have cost.
    let sparedCount: Int

    /// Cleans a history by what the readings settled to, on the scale of the live version. All of them must have settled, or a
    /// training would depend on when it is carried out.
    init(_ history: TrainingHistory, live: StreamModel) {
        guard let calibration = live.settledCalibration, let level = live.settledFiringScore,
            !history.settledScores.isEmpty
        else {
            (isExcluded, sparedCount) = (history.isAlerting, 0)
            return
        }
        var isExcluded = history.isAlerting
        var cost = 0
        var lastAbnormal = -Settling.slotCount
        // What a young model finds odd hour after hour is the course of the day, which it has yet to learn.
        var context = live.isYoung ? SlowContext(cadence: live.cadence) : nil
        for reading in 0..<history.count where !history.isAlerting[reading] {
            // What was odd hours before is no context.
            if reading > 0, context != nil,
                history.times[reading].nanoseconds(since: history.times[reading - 1]) > Self.lapse
            {
                context = SlowContext(cadence: live.cadence)
            }
            let score = history.settledScores[reading]
            var isAbnormal = score >= level
            if !score.isNaN, let least = context?.leastSum {
                let sum = Float(calibration.sum(atScore: Double(score)))
                isAbnormal = isAbnormal && sum >= least
                if !isAbnormal { context?.follow(sum) }
            }
            if isAbnormal {
                isExcluded[reading] = true
                lastAbnormal = reading
            }
            // A reading that is left out takes the windows along that have it in them.
            if reading - lastAbnormal < Settling.slotCount { cost += 1 }
        }
        let isTooMuch = Double(cost) > Self.shareLimit * Double(history.count)
        self.isExcluded = isTooMuch ? history.isAlerting : isExcluded
        sparedCount = isTooMuch ? cost : 0
    }
}
