package import AnomalyDetection

/// What was measured of one stream.
package struct BacktestResult: Sendable {
    /// What was measured.
    package enum Measure: Sendable {
        /// Beside labels: how well the detector did.
        case labelled(Labelled)
        /// Without labels: what the detector did.
        case unlabelled(Unlabelled)
    }

    /// The quality beside labels.
    package struct Labelled: Sendable {
        /// That of the live score, which drives alerts.
        package let live: DetectionQuality
        /// That of the settled score, where the detector gives one.
        package let settled: DetectionQuality?
        /// That of the live score's alerts under other false-alarm budgets.
        package let curve: [BudgetQuality]
    }

    /// What there is to say without labels.
    package struct Unlabelled: Sendable {
        /// Alerts in 30 days of readings.
        package let alertsPerThirtyDays: Double
        /// The score that so large a share of readings does not exceed, for each of ``BacktestResult/shares``.
        package let scoreQuantiles: [Double]
    }

    /// The shares of readings for which ``Unlabelled/scoreQuantiles`` are given; the last is the highest score.
    package static let shares = [0.5, 0.9, 0.99, 0.999, 1]

    /// The stream's readings.
    package let readingCount: Int
    /// Of these so many were learned from and not measured.
    package let trainedCount: Int
    /// The usual distance of readings, in nanoseconds.
    package let interval: Int64
    /// The stream's newest reading.
    package let newestTime: Timestamp?
    /// The alerts, in the order of firing.
    package let alerts: [Alert]
    /// The numbers.
    package let measure: Measure

    /// Measures a run of the detector.
    init(_ run: DetectorRun, of stream: LabelledStream, options: Backtest.Options) throws(BacktestFailure) {
        if let reason = run.refusal { throw .noModel(reason: reason) }
        readingCount = stream.times.count
        trainedCount = run.firstMeasured
        interval = run.interval
        newestTime = stream.times.max()
        alerts = run.alerts
        let measured = run.firstMeasured..<stream.times.count
        guard let labels = stream.labels else {
            measure = .unlabelled(Unlabelled(run, measured))
            return
        }
        let ruler = Ruler(
            events: LabelledEvents(labels: Array(labels[measured])),
            buffer: EvaluationBuffer.readings(ofChannel: stream.values(ofChannel: 0)),
            times: Array(stream.times[measured]), interval: run.interval)
        measure = .labelled(
            Labelled(
                live: ruler.quality(Array(run.scores[measured]), isFiring: Array(run.isFiring[measured])),
                settled: run.settledScores.map { ruler.quality(Array($0[measured]), isFiring: nil) },
                curve: ruler.curve(run, measured, options: options, times: stream.times)))
    }
}

extension BacktestResult.Unlabelled {
    fileprivate init(_ run: DetectorRun, _ measured: Range<Int>) {
        let sorted = run.scores[measured].filter { $0.isFinite }.map { Double($0) }.sorted()
        scoreQuantiles = sorted.isEmpty ? [] : BacktestResult.shares.map { quantile(ofSorted: sorted, $0) }
        let duration = Double(max(1, measured.count)) * Double(run.interval)
        alertsPerThirtyDays =
            Double(run.alerts.count) * Double(AnomalyDetection.FalseAlarmBudget.standard.period) / duration
    }
}

/// What one series is measured with.
private struct Ruler {
    let events: LabelledEvents
    let buffer: Int
    let times: [Timestamp]
    let interval: Int64

    func quality(_ scores: [Float], isFiring: [Bool]?) -> DetectionQuality {
        DetectionQuality(
            ranking: events.canMeasure ? RankingQuality(scores: scores, events: events, buffer: buffer) : nil,
            alerts: isFiring.map(alertQuality))
    }

    private func alertQuality(_ isFiring: [Bool]) -> AlertQuality {
        AlertQuality(
            alerts: LabelledEvents.runs(of: isFiring), events: events, buffer: buffer, times: times, interval: interval)
    }

    func curve(
        _ run: DetectorRun, _ measured: Range<Int>, options: Backtest.Options, times: [Timestamp]
    ) -> [BudgetQuality] {
        let replay = AlertReplay(settings: options.settings, models: run.models)
        return options.budgets.map { budget in
            let isFiring = replay.firing(
                sums: run.sums, times: times, modelIDs: run.modelIDs, budget: budget)
            return BudgetQuality(budget: budget, alerts: alertQuality(Array(isFiring[measured])))
        }
    }
}
