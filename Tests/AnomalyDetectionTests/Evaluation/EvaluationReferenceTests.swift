import AnomalyDetection
import Foundation
import Testing

/// The numbers that Fixtures/make_reference.py wrote: made-up series and what peers/evaluate.py says of them.
private struct ReferenceSeries: Decodable, Sendable, CustomTestStringConvertible {
    struct Numbers: Decodable {
        var buffer: Int
        var vus_pr, vus_roc, auc_pr, auc_roc, event_recall, false_alerts_per_10k_readings: Double
        var median_delay_readings: Double?
    }
    var name: String
    var labels, firing: [Int]
    var scores: [Double?]
    var channel: [Double]
    var numbers: Numbers

    var testDescription: String { name }
    var events: LabelledEvents { LabelledEvents(labels: labels.map { $0 == 1 }) }

    static let recorded: [ReferenceSeries] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/reference.json")
        do {
            return try JSONDecoder().decode([ReferenceSeries].self, from: Data(contentsOf: file))
        } catch {
            preconditionFailure("\(file.path) cannot be read: \(error)")
        }
    }()
}

/// The numbers must be those of the published evaluations, to the last digits that rounding leaves.
struct EvaluationReferenceTests {
    private static let tolerance = 1e-9

    @Test(arguments: ReferenceSeries.recorded)
    private func `scores are measured as the definitions say`(series: ReferenceSeries) {
        let scores = series.scores.map { $0.map { Float($0) } ?? .nan }
        let quality = RankingQuality(scores: scores, events: series.events, buffer: series.numbers.buffer)
        #expect(abs(quality.vusPR - series.numbers.vus_pr) < Self.tolerance)
        #expect(abs(quality.vusROC - series.numbers.vus_roc) < Self.tolerance)
        #expect(abs(quality.aucPR - series.numbers.auc_pr) < Self.tolerance)
        #expect(abs(quality.aucROC - series.numbers.auc_roc) < Self.tolerance)
    }

    @Test(arguments: ReferenceSeries.recorded)
    private func `the buffer is the period that others find`(series: ReferenceSeries) {
        #expect(EvaluationBuffer.readings(ofChannel: series.channel) == series.numbers.buffer)
    }

    @Test(arguments: ReferenceSeries.recorded)
    private func `alerts are measured as the definitions say`(series: ReferenceSeries) {
        let quality = AlertQuality(
            alerts: LabelledEvents.runs(of: series.firing.map { $0 == 1 }), events: series.events,
            buffer: series.numbers.buffer, times: series.labels.indices.map { Timestamp(seconds: Double($0)) },
            interval: 1_000_000_000)
        #expect(quality.eventRecall == series.numbers.event_recall)
        #expect(
            abs(quality.falsePerTenThousandReadings - series.numbers.false_alerts_per_10k_readings) < Self.tolerance)
        #expect(quality.medianDelay == series.numbers.median_delay_readings)
        #expect(quality.medianDelaySeconds == series.numbers.median_delay_readings)
    }

    @Test func `the reference covers what can go wrong`() {
        #expect(ReferenceSeries.recorded.count >= 9)
        #expect(ReferenceSeries.recorded.contains { $0.scores.contains(nil) })
        #expect(ReferenceSeries.recorded.contains { Set($0.scores.compactMap { $0 }).count < 10 })
        #expect(ReferenceSeries.recorded.contains { $0.labels.count < 250 })
    }
}
