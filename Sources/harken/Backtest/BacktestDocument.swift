import AnomalyDetection
import Daemon

/// A backtest as `--json` says it. A number that is not known is null.
struct BacktestDocument: Encodable {
    private let files: [File]
    private let total: Total?
    private let failures: [Failure]

    init(_ report: BacktestReport) {
        files = report.entries.map(File.init)
        total = report.live.isEmpty ? nil : Total(report)
        failures = report.failures.map { Failure(file: $0.file, stream: $0.stream, error: "\($0.failure)") }
    }

    private struct Failure: Encodable {
        let file: String
        let stream: String?
        let error: String
    }

    private struct File: Encodable {
        let file: String
        let stream: String
        let rows: Int
        let trainRows: Int
        let intervalSeconds: Double
        let isLabelled: Bool
        let live: Score
        let settled: OrNull<Score>
        let curve: [CurvePoint]?
        let alerts: [AlertDocument]

        init(_ entry: BacktestReport.Entry) {
            let result = entry.result
            file = entry.file
            stream = entry.stream
            rows = result.readingCount
            trainRows = result.trainedCount
            intervalSeconds = Double(result.interval) / 1e9
            alerts = result.alerts.map { alert in
                AlertDocument(
                    alert, stream: entry.stream, modelVersion: nil,
                    lastKnownTime: alert.resolvedAt ?? result.newestTime ?? alert.firedAt)
            }
            switch result.measure {
            case .labelled(let quality):
                isLabelled = true
                live = Score(quality.live)
                settled = OrNull(quality.settled.map(Score.init))
                curve =
                    quality.curve.isEmpty
                    ? nil
                    : quality.curve.map { CurvePoint($0.budget, QualityNumbers($0.alerts)) }
            case .unlabelled(let numbers):
                isLabelled = false
                live = Score(numbers)
                settled = OrNull(nil)
                curve = nil
            }
        }
    }

    /// One kind of score, beside labels or without.
    private struct Score: Encodable {
        var quality: Numbers?
        var counts: Counts?
        var alertsPer30Days: Double?
        var scoreQuantiles: [String: Double]?

        struct Counts: Encodable {
            let events: Int
            let detectedEvents: Int
            let alerts: Int
            let falseAlerts: Int
        }

        init(_ quality: DetectionQuality) {
            self.quality = Numbers(QualityNumbers(quality))
            counts = quality.alerts.map {
                Counts(
                    events: $0.eventCount, detectedEvents: $0.detectedCount, alerts: $0.alertCount,
                    falseAlerts: $0.falseCount)
            }
        }

        init(_ numbers: BacktestResult.Unlabelled) {
            alertsPer30Days = numbers.alertsPerThirtyDays
            scoreQuantiles = Dictionary(
                uniqueKeysWithValues: zip(BacktestResult.shares.map { "\($0)" }, numbers.scoreQuantiles))
        }

        private enum CodingKeys: String, CodingKey {
            case alertsPer30Days = "alerts_per_30_days"
            case scoreQuantiles
        }

        func encode(to encoder: any Encoder) throws {
            try quality?.encode(to: encoder)
            try counts?.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(alertsPer30Days, forKey: .alertsPer30Days)
            try container.encodeIfPresent(scoreQuantiles, forKey: .scoreQuantiles)
        }
    }

    private struct Total: Encodable {
        let series: Int
        let live: Summary
        let settled: OrNull<Summary>
        let curve: [CurvePoint]?

        struct Summary: Encodable {
            let mean: Numbers
            let median: Numbers

            init?(_ all: [QualityNumbers]) {
                if all.isEmpty { return nil }
                mean = Numbers(.mean(of: all))
                median = Numbers(.median(of: all))
            }
        }

        init?(_ report: BacktestReport) {
            guard let live = Summary(report.live) else { return nil }
            series = report.live.count
            self.live = live
            settled = OrNull(Summary(report.settled))
            curve =
                report.curve.isEmpty
                ? nil
                : report.curve.map { CurvePoint($0.budget, $0.mean) }
        }
    }

    private struct CurvePoint: Encodable {
        let budgetPer30Days: Double
        let numbers: AlertNumbers

        init(_ budget: AnomalyDetection.FalseAlarmBudget, _ numbers: QualityNumbers) {
            budgetPer30Days = budget.countInThirtyDays
            self.numbers = AlertNumbers(numbers)
        }

        private enum CodingKeys: String, CodingKey {
            case budgetPer30Days = "budget_per_30_days"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(budgetPer30Days, forKey: .budgetPer30Days)
            try numbers.encode(to: encoder)
        }
    }
}

/// The numbers of a quality; those that are not known are null.
private struct Numbers: Encodable {
    private let vusPR: OrNull<Double>
    private let vusROC: OrNull<Double>
    private let aucPR: OrNull<Double>
    private let aucROC: OrNull<Double>
    private let alerts: AlertNumbers

    init(_ numbers: QualityNumbers) {
        vusPR = OrNull(numbers.vusPR)
        vusROC = OrNull(numbers.vusROC)
        aucPR = OrNull(numbers.aucPR)
        aucROC = OrNull(numbers.aucROC)
        alerts = AlertNumbers(numbers)
    }

    private enum CodingKeys: String, CodingKey {
        case vusPR = "vus_pr"
        case vusROC = "vus_roc"
        case aucPR = "auc_pr"
        case aucROC = "auc_roc"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(vusPR, forKey: .vusPR)
        try container.encode(vusROC, forKey: .vusROC)
        try container.encode(aucPR, forKey: .aucPR)
        try container.encode(aucROC, forKey: .aucROC)
        try alerts.encode(to: encoder)
    }
}

/// The numbers of alerts.
private struct AlertNumbers: Encodable {
    private let eventRecall: OrNull<Double>
    private let falsePerTenThousandReadings: OrNull<Double>
    private let falsePerThirtyDays: OrNull<Double>
    private let medianDelay: OrNull<Double>
    private let medianDelaySeconds: OrNull<Double>

    init(_ numbers: QualityNumbers) {
        eventRecall = OrNull(numbers.eventRecall)
        falsePerTenThousandReadings = OrNull(numbers.falsePerTenThousandReadings)
        falsePerThirtyDays = OrNull(numbers.falsePerThirtyDays)
        medianDelay = OrNull(numbers.medianDelay)
        medianDelaySeconds = OrNull(numbers.medianDelaySeconds)
    }

    private enum CodingKeys: String, CodingKey {
        case eventRecall
        case falsePerTenThousandReadings = "false_alerts_per_10k_readings"
        case falsePerThirtyDays = "false_alerts_per_30_days"
        case medianDelay = "median_delay_readings"
        case medianDelaySeconds
    }
}

/// A value, or an explicit null: a key that may be absent would be one more thing to ask for.
private struct OrNull<Value: Encodable>: Encodable {
    private let value: Value?

    init(_ value: Value?) {
        self.value = value
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let value { try container.encode(value) } else { try container.encodeNil() }
    }
}
