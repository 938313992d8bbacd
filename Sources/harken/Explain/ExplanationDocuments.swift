import AnomalyDetection
import Daemon
import Storage

/// An alert's explanation as `--json` says it.
struct AlertExplanationDocument: Encodable {
    let alert: AlertDocument
    /// Each kind's share of the evidence at the peak; empty where it cannot be told.
    let evidence: [String: Double]
    let history: [Reading]

    /// One reading.
    struct Reading: Encodable {
        let at: String
        let score: Double?
        let settled: Double?
        let isAlerting: Bool
        let values: [String: Double]
    }

    init(_ record: AlertRecord, _ scene: AlertScene, _ evidence: AlertEvidence) {
        alert = AlertDocument(record)
        self.evidence = Dictionary(
            evidence.shares.map { ($0.kind.rawValue, $0.share) }, uniquingKeysWith: { first, _ in first })
        let readings = scene.readings
        history = readings.times.indices.map { index in
            let named = zip(scene.channels, readings.values(of: index)).filter { !$0.1.isNaN }
            return Reading(
                at: Phrase.time(readings.times[index]),
                score: readings.scores[index].isNaN ? nil : Double(readings.scores[index]),
                settled: readings.settledScores[index].isNaN ? nil : Double(readings.settledScores[index]),
                isAlerting: readings.isAlerting[index],
                values: Dictionary(named, uniquingKeysWith: { first, _ in first }))
        }
    }
}

/// Why there was no alert, as `--json` says it.
struct ReadingVerdictDocument: Encodable {
    let stream: String
    /// The time that was asked for.
    let askedAt: String
    /// The newest reading at or before it.
    let readingAt: String?
    let nextReadingAt: String?
    let reason: String
    let detail: String
    let score: Double?
    let threshold: Double?
    let alertId: Int64?
    let silenceAlertId: Int64?
    let modelVersion: Int?
    let evidence: [String: Double]
    let contributions: [ChannelContribution]
    let windowReadings: Int?
    let missingReadings: Int?

    init(_ verdict: ReadingVerdict) {
        stream = verdict.stream.name
        askedAt = Phrase.time(verdict.time)
        readingAt = verdict.record.map { Phrase.time($0.time) }
        nextReadingAt = verdict.nextTime.map { Phrase.time($0) }
        reason = verdict.reason
        detail = verdict.detail
        score = verdict.record?.score
        threshold = verdict.record?.threshold
        alertId = verdict.record?.alertID
        silenceAlertId = verdict.silence?.alert.id
        modelVersion = verdict.record?.modelVersion
        evidence = Dictionary(
            (verdict.explanation?.evidence ?? []).map { ($0.kind.rawValue, $0.share) },
            uniquingKeysWith: { first, _ in first })
        contributions = verdict.explanation?.contributions ?? []
        windowReadings = verdict.explanation?.window.readings
        missingReadings = verdict.explanation?.window.missing
    }
}
