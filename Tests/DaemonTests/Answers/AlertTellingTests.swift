import AnomalyDetection
import Daemon
import Storage
import Testing

/// Who is told of alerts, and when nobody is.
struct AlertTellingTests {
    private func time(_ second: Int64) -> Timestamp { Timestamp(nanoseconds: second * 1_000_000_000) }

    private func alert(_ id: Int64 = 1, kind: AlertKind = .anomaly, firedAt second: Int64 = 100) -> Alert {
        Alert(
            id: id, stream: StreamID(Int(id) - 1), kind: kind, startedAt: time(second - 5), firedAt: time(second),
            peakScore: 5, peakAt: time(second), threshold: 4, isProvisional: false, modelID: 1)
    }

    private func telling(
        silences: [QuietPeriod] = [], maintenance: [QuietPeriod] = [], heldBack: [AlertRecord] = []
    ) -> AlertTelling {
        AlertTelling(
            receivers: ["ops", "pager"], quietTimes: QuietTimes(answers(silences, maintenance)), heldBack: heldBack)
    }

    private func answers(_ silences: [QuietPeriod], _ maintenance: [QuietPeriod] = []) -> Answers {
        var answers = Answers()
        (answers.silences, answers.maintenance) = (silences, maintenance)
        return answers
    }

    private func period(_ pattern: String = "pump-*", from start: Int64, to end: Int64? = nil) -> QuietPeriod {
        QuietPeriod(id: 3, streamPattern: pattern, start: time(start), end: end.map(time))
    }

    private func fired(_ alert: Alert) -> AlertTransition { AlertTransition(kind: .fired, alert: alert) }

    private func resolved(_ alert: Alert) -> AlertTransition { AlertTransition(kind: .resolved, alert: alert) }

    @Test func `every receiver is told of beginning and end`() {
        var telling = telling()
        #expect(
            telling.tell(fired(alert()), stream: "pump-1", at: time(1_000)).outbox.map(\.receiver) == ["ops", "pager"])
        #expect(telling.tell(resolved(alert()), stream: "pump-1", at: time(1_001)).outbox.count == 2)
    }

    @Test func `under a silence nobody is told, neither of the beginning nor of the end`() {
        var telling = telling(silences: [period(from: 900, to: 2_000)])
        let told = telling.tell(fired(alert()), stream: "pump-1", at: time(1_000))
        #expect(told == AlertTelling.Told(holdBacks: [1: "silence 3"]))
        #expect(telling.tell(resolved(alert()), stream: "pump-1", at: time(1_001)) == AlertTelling.Told())
        #expect(telling.release(at: time(3_000)) { _ in nil } == AlertTelling.Told())
    }

    @Test func `other streams and other times are told`() {
        var telling = telling(silences: [period(from: 900, to: 2_000)])
        #expect(telling.tell(fired(alert()), stream: "motor-1", at: time(1_000)).outbox.count == 2)
        #expect(telling.tell(fired(alert()), stream: "pump-1", at: time(2_000)).outbox.count == 2)
        #expect(telling.tell(fired(alert()), stream: "pump-1", at: time(899)).outbox.count == 2)
    }

    @Test func `what still fires when a silence ends is told then, as it is by then`() {
        var telling = telling(silences: [period(from: 900, to: 2_000)])
        _ = telling.tell(fired(alert()), stream: "pump-1", at: time(1_000))
        var risen = alert()
        risen.peakScore = 9
        #expect(
            telling.tell(AlertTransition(kind: .updated, alert: risen), stream: "pump-1", at: time(1_001)).outbox
                .isEmpty)
        #expect(telling.release(at: time(1_999)) { _ in nil } == AlertTelling.Told())
        let told = telling.release(at: time(2_000)) { _ in nil }
        #expect(told.outbox.count == 2)
        #expect(told.outbox.allSatisfy { $0.transition == .fired && $0.payload.contains("\"peak_score\":\"9\"") })
        #expect(told.holdBacks == [1: nil])
        #expect(telling.tell(resolved(risen), stream: "pump-1", at: time(2_001)).outbox.count == 2)
    }

    @Test func `a silence that is taken back ends at once`() {
        var telling = telling(silences: [period(from: 900)])
        _ = telling.tell(fired(alert()), stream: "pump-1", at: time(1_000))
        telling.use(QuietTimes(answers([])))
        #expect(telling.release(at: time(1_001)) { _ in nil }.outbox.count == 2)
    }

    @Test func `who was told of the beginning is told of the end, silence or not`() {
        var telling = telling()
        _ = telling.tell(fired(alert()), stream: "pump-1", at: time(1_000))
        telling.use(QuietTimes(answers([period(from: 900)])))
        #expect(telling.tell(resolved(alert()), stream: "pump-1", at: time(1_001)).outbox.count == 2)
    }

    @Test func `maintenance goes by the stream's own time`() {
        var telling = telling(maintenance: [period(from: 50, to: 200)])
        let told = telling.tell(fired(alert()), stream: "pump-1", at: time(1_000))
        #expect(told.holdBacks == [1: "maintenance 3"])
        #expect(telling.release(at: time(5_000)) { _ in time(199) }.outbox.isEmpty)
        #expect(telling.release(at: time(5_000)) { _ in time(200) }.outbox.count == 2)
        #expect(telling.tell(fired(alert(2, firedAt: 300)), stream: "pump-2", at: time(100)).outbox.count == 2)
    }

    @Test func `a stream that is silent when maintenance ends is told of, although its time stands still`() {
        var telling = telling(maintenance: [period(from: 50, to: 200)])
        _ = telling.tell(fired(alert(kind: .noData)), stream: "pump-1", at: time(101))
        #expect(telling.release(at: time(199)) { _ in time(95) }.outbox.isEmpty)
        #expect(telling.release(at: time(201)) { _ in time(95) }.outbox.count == 2)
    }

    @Test func `what seems over is not told of any more`() {
        var telling = telling(silences: [period(from: 900, to: 2_000)])
        _ = telling.tell(fired(alert()), stream: "pump-1", at: time(1_000))
        let told = telling.release(at: time(2_000), newestTime: { _ in nil }, isCooling: { _ in true })
        #expect(told == AlertTelling.Told())
        #expect(telling.release(at: time(2_001)) { _ in nil }.outbox.count == 2)
    }

    @Test func `what was held back is held back after a restart`() {
        var record = AlertRecord(alert: alert(), streamName: "pump-1")
        record.heldBackBy = "silence 3"
        var telling = telling(silences: [period(from: 900, to: 2_000)], heldBack: [record])
        #expect(telling.release(at: time(1_500)) { _ in nil } == AlertTelling.Told())
        #expect(telling.release(at: time(2_500)) { _ in nil }.outbox.count == 2)
    }
}
