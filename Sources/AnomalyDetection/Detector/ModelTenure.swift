import RealModule

/// How long a stream's model has scored, and the alerts that it raised and nobody confirmed. On its first day it says whether the
/// model has broken its false-alarm budget and the version before it has to come back.
///
/// An alert counts once, when it has ended, however long it lasted: a fault that lasts all day is one. What is confirmed, silenced
/// or under maintenance does not count, and neither does what still fires, for it may be confirmed yet.
struct ModelTenure: Sendable, Equatable {
    /// A model is on probation for so many nanoseconds of readings.
    static let probation: Int64 = 86_400 * 1_000_000_000
    /// It is looked at whenever the stream's number of readings is a multiple of this, so that it does not matter which readings
    /// came in one batch.
    static let checkedReadings = 64
    /// The product promises alerts within this factor of what was asked for.
    private static let promisedFactor = 2.0
    /// A model that raises that many, as independent events do, is taken back with at most this probability (Poisson). For one alert in
    /// 30 days the limit is three in a day, whose probability is 0.00005.
    private static let wrongRollbackProbability = 0.001
    /// It has to raise so many times as many as the version before it in a time as long: a stream in trouble is no reason.
    private static let worseFactor = 2.0
    /// The newest alerts that can still be confirmed.
    private static let rememberedAlerts = 64

    /// The model.
    var modelID: Int64
    /// The time of the first reading that it scored; nil before that.
    var since: Timestamp?
    /// How many alerts have counted.
    var alertCount = 0
    /// When the newest of them began, oldest first.
    var alertStarts: [Timestamp] = []
    /// The version before it, while it is on probation; nil where there is none to go back to.
    var before: Predecessor?

    /// The tenure of the version before.
    struct Predecessor: Sendable, Equatable {
        /// The model.
        var modelID: Int64
        /// The time of the first reading that it scored.
        var since: Timestamp
        /// The alerts that counted while it was live.
        var alertCount: Int
    }

    /// The tenure of a model, which is on probation where `predecessor` is given.
    init(modelID: Int64, predecessor: ModelTenure? = nil) {
        self.modelID = modelID
        before = predecessor.flatMap { tenure in
            tenure.since.map { Predecessor(modelID: tenure.modelID, since: $0, alertCount: tenure.alertCount) }
        }
    }

    /// Counts an alert that has ended.
    mutating func count(alertStartedAt start: Timestamp) {
        guard let since, start >= since else { return }
        alertCount += 1
        if alertStarts.count == Self.rememberedAlerts { alertStarts.removeFirst() }
        alertStarts.append(start)
    }

    /// An alert was confirmed, so it does not count. Saying so again changes nothing.
    mutating func takeBack(alertStartedAt start: Timestamp) {
        guard let index = alertStarts.firstIndex(of: start) else { return }
        alertStarts.remove(at: index)
        alertCount -= 1
    }

    /// Looks at the model's first day, as far as it has come by a time; returns why the version before has to come back, if it has
    /// to. The probation is over with that, or with the day.
    mutating func judge(at time: Timestamp, budget: FalseAlarmBudget) -> RollbackPlan? {
        guard let before, let since else { return nil }
        guard time.nanoseconds(since: since) <= Self.probation else {
            self.before = nil
            return nil
        }
        let asked = budget.share(of: Self.probation)
        let limit = Self.limit(of: Self.promisedFactor * asked)
        let tenure = max(Self.probation, since.nanoseconds(since: before.since))
        let earlier = Double(before.alertCount) * Double(Self.probation) / Double(tenure)
        guard alertCount >= limit, Double(alertCount) >= Self.worseFactor * earlier else { return nil }
        self.before = nil
        return RollbackPlan(
            from: modelID, to: before.modelID, alerts: alertCount, since: since, asked: asked, limit: limit,
            earlier: earlier)
    }

    /// The fewest events that independent ones, of which so many are expected, come to with at most
    /// ``wrongRollbackProbability``.
    static func limit(of expected: Double) -> Int {
        var count = 0
        var (term, below) = (Double.exp(-expected), 0.0)
        // An expectation so large that the exponential vanishes is no budget that anybody breaks in a day.
        while 1 - below > wrongRollbackProbability, count < 10_000 {
            below += term
            count += 1
            term *= expected / Double(count)
        }
        return count
    }
}

/// Going back to the version before, because the live one broke its false-alarm budget on its first day.
package struct RollbackPlan: Sendable, Equatable {
    /// The model that broke it.
    package var from: Int64
    /// The model that comes back.
    package var to: Int64
    /// The alerts that the first raised since it went live and that nobody confirmed.
    package var alerts: Int
    /// The time of the first reading that it scored.
    package var since: Timestamp
    /// The false alarms that were asked for in a day.
    package var asked: Double
    /// So many would have been too many.
    package var limit: Int
    /// The alerts that the version before raised in a day.
    package var earlier: Double

    /// A plan.
    package init(
        from: Int64, to: Int64, alerts: Int, since: Timestamp, asked: Double, limit: Int, earlier: Double
    ) {
        (self.from, self.to, self.alerts, self.since) = (from, to, alerts, since)
        (self.asked, self.limit, self.earlier) = (asked, limit, earlier)
    }

    /// Why, in a sentence.
    package var explanation: String {
        "the version before came back: model \(from) raised \(alerts) alerts on its first day that nobody confirmed, where "
            + "\(rounded(asked)) a day were asked for, \(limit) are too many, and model \(to) raised \(rounded(earlier)) a day"
    }

    /// The numbers, by name.
    package var metrics: [String: Double] {
        [
            "first_day_alerts": Double(alerts), "asked_alerts_a_day": asked, "too_many_alerts": Double(limit),
            "alerts_a_day_before": earlier,
        ]
    }
}
