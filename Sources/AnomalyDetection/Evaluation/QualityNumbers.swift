/// The numbers that stand for a ``DetectionQuality`` in tables and JSON, and their summary over several series.
package struct QualityNumbers: Sendable, Equatable {
    /// See ``RankingQuality``.
    package var vusPR: Double?
    /// See ``RankingQuality``.
    package var vusROC: Double?
    /// See ``RankingQuality``.
    package var aucPR: Double?
    /// See ``RankingQuality``.
    package var aucROC: Double?
    /// The share of events that were detected.
    package var eventRecall: Double?
    /// False alerts in 10,000 normal readings.
    package var falsePerTenThousandReadings: Double?
    /// False alerts in 30 days of normal readings.
    package var falsePerThirtyDays: Double?
    /// The median delay to detection, in readings.
    package var medianDelay: Double?
    /// The median delay to detection, in seconds.
    package var medianDelaySeconds: Double?

    /// No number is known.
    package init() {}

    /// The numbers of one series.
    package init(_ quality: DetectionQuality) {
        self = quality.alerts.map(QualityNumbers.init) ?? QualityNumbers()
        vusPR = quality.ranking?.vusPR
        vusROC = quality.ranking?.vusROC
        aucPR = quality.ranking?.aucPR
        aucROC = quality.ranking?.aucROC
    }

    /// The numbers of alerts alone.
    package init(_ alerts: AlertQuality) {
        eventRecall = alerts.eventRecall
        falsePerTenThousandReadings = alerts.falsePerTenThousandReadings
        falsePerThirtyDays = alerts.falsePerThirtyDays
        medianDelay = alerts.medianDelay
        medianDelaySeconds = alerts.medianDelaySeconds
    }

    /// The mean of each number over the series that have it.
    package static func mean(of all: [QualityNumbers]) -> QualityNumbers {
        summary(of: all) { numbers in numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count) }
    }

    /// The median of each number over the series that have it.
    package static func median(of all: [QualityNumbers]) -> QualityNumbers {
        summary(of: all) { AnomalyDetection.median($0) }
    }

    private static func summary(of all: [QualityNumbers], _ statistic: ([Double]) -> Double?) -> QualityNumbers {
        var summary = QualityNumbers()
        let fields: [WritableKeyPath<QualityNumbers, Double?>] = [
            \.vusPR, \.vusROC, \.aucPR, \.aucROC, \.eventRecall, \.falsePerTenThousandReadings, \.falsePerThirtyDays,
            \.medianDelay, \.medianDelaySeconds,
        ]
        for field in fields { summary[keyPath: field] = statistic(all.compactMap { $0[keyPath: field] }) }
        return summary
    }
}
