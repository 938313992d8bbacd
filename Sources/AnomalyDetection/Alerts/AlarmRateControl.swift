import RealModule

/// Moves one stream's level so that it raises as many alerts as were asked for, whatever its history promised.
///
/// A level from a tail holds as far as the tail's readings are all there is. What recurs, and is no part of what is learned for
/// the alerts that it raises, would raise them for ever. So each alert raises the level by a step, and as much as a step is
/// taken back over the time in which one alert was asked for: in the long run steps up and down cancel, and with them the
/// difference between alerts asked for and raised (adaptive conformal inference; Gibbs and Candès 2021).
///
/// On the normal stretches of the labelled series, where the standard budget asks for 32 alerts, 44 are raised with it and 160
/// without.
struct AlarmRateControl: Sendable, Equatable {
    /// An alert raises the level to what it reached, between these bounds of the logarithm. Larger steps, up to 0.7, miss 3 in
    /// 100 events more of the labelled series and spare few alerts.
    static let steps = 0.2...0.4
    /// The logarithm of the factor stays within these bounds: so far does the rule stretch what history supports.
    static let bounds = -2.5...2.5

    /// Down to this logarithm the level keeps to its floor: five times the time in which one alert was asked for, at the smallest step.
    private static let longCalm = -1.0

    /// So many of the newest alerts can still be taken back.
    static let rememberedAlerts = 8

    /// The logarithm of the factor by which the level is raised.
    var logFactor = 0.0
    /// The mean step of an alert.
    var meanStep = steps.lowerBound
    /// The sum of evidence at which the alert that fires began, and the largest one since.
    var (level, peak): (Float, Float) = (0, 0)
    /// By what the newest alerts raised the logarithm, oldest first.
    var recent: [Step] = []

    /// What one alert did.
    struct Step: Sendable, Equatable {
        /// When the alert began.
        var startedAt: Timestamp
        /// By how much it raised the logarithm.
        var size: Double
    }

    /// The factor by which the level is raised.
    var factor: Float { Float(Double.exp(logFactor)) }

    /// The factor of the sum below which no level is lowered: below one when calm has lasted for so long that readings can no longer
    /// be what that sum was derived from.
    var floorFactor: Float { Float(Double.exp(min(0, logFactor - Self.longCalm))) }

    /// Takes back what the share of the time comes to in which one alert was asked for.
    mutating func pass(_ share: Double) {
        logFactor = max(logFactor - share * meanStep, Self.bounds.lowerBound)
    }

    /// An alert fires on with a reading that is so much of the time in which one was asked for; it has fired for `lastedShare` of that
    /// time. Where it lasts for longer than half of it, a level that was lowered for the sake of alerts rises to the model's own
    /// again, or a stream that is never calm enough for it would be under one alert for ever.
    mutating func fireOn(_ share: Double, lastedShare: Double) {
        guard logFactor < 0, lastedShare > 0.5 else { return }
        logFactor = min(0, logFactor + 2 * share * meanStep)
    }

    /// An alert fires at a level with a reading's sum.
    mutating func begin(level: Float, sum: Float) { (self.level, peak) = (level, sum) }

    /// An alert fires on with a reading's sum.
    mutating func goOn(sum: Float) { peak = max(peak, sum) }

    /// The alert is over that began at a time: one that the scores ended and nobody had confirmed. It fired for so many times the
    /// time in which one was asked for.
    ///
    /// Of that time, too, a step is taken back. But an alert that lasts longer than half of it counts for more than one: a level
    /// that a stream exceeds most of the time raises few alerts, and lowering it further raises fewer. So streams are not for much more
    /// than half of the time under alerts that end and that nobody confirmed.
    mutating func endAlert(startedAt: Timestamp, lastedShare: Double) {
        let reached = Double.log(max(Double(peak), 1e-6) / max(Double(level), 1e-6))
        let step = min(max(reached, Self.steps.lowerBound), Self.steps.upperBound)
        meanStep += (step - meanStep) / 4
        let net = max(1, 2 * lastedShare) * step - lastedShare * meanStep
        let size = min(max(logFactor + net, Self.bounds.lowerBound), Self.bounds.upperBound) - logFactor
        logFactor += size
        if recent.count == Self.rememberedAlerts { recent.removeFirst() }
        recent.append(Step(startedAt: startedAt, size: size))
    }

    /// An alert was no false one: it does not raise the level. Saying so again changes nothing.
    mutating func takeBack(alertStartedAt start: Timestamp) {
        guard let index = recent.firstIndex(where: { $0.startedAt == start }) else { return }
        logFactor = max(logFactor - recent[index].size, Self.bounds.lowerBound)
        recent.remove(at: index)
    }

    /// Goes on under a model whose own level is another. A higher one makes up for what the rule had to raise, a lower one for
    /// what it had to lower.
    mutating func move(from old: Float, to new: Float) {
        guard new > 0, old > 0 else { return }
        let change = Double.log(Double(new / old))
        if logFactor > 0, change > 0 { logFactor = max(0, logFactor - change) }
        if logFactor < 0, change < 0 { logFactor = min(0, logFactor - change) }
    }
}
