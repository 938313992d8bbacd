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
        to receivers: [NotifiedReceiver] = [NotifiedReceiver("ops"), NotifiedReceiver("pager")],
        settings: NotificationSettings = NotificationSettings(), silences: [QuietPeriod] = [],
        maintenance: [QuietPeriod] = [], heldBack: [AlertRecord] = [], begun: [Notice] = []
    ) -> AlertTelling {
        AlertTelling(
            receivers: receivers, settings: settings, quietTimes: QuietTimes(answers(silences, maintenance)),
            heldBack: heldBack, begun: begun)
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
            telling.tell(fired(alert()), stream: "pump-1", at: time(1_000)).notices.map(\.receiver) == ["ops", "pager"])
        #expect(telling.tell(resolved(alert()), stream: "pump-1", at: time(1_001)).notices.count == 2)
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
        #expect(telling.tell(fired(alert()), stream: "motor-1", at: time(1_000)).notices.count == 2)
        #expect(telling.tell(fired(alert()), stream: "pump-1", at: time(2_000)).notices.count == 2)
        #expect(telling.tell(fired(alert()), stream: "pump-1", at: time(899)).notices.count == 2)
    }

    @Test func `what still fires when a silence ends is told then, as it is by then`() {
        var telling = telling(silences: [period(from: 900, to: 2_000)])
        _ = telling.tell(fired(alert()), stream: "pump-1", at: time(1_000))
        var risen = alert()
        risen.peakScore = 9
        #expect(
            telling.tell(AlertTransition(kind: .updated, alert: risen), stream: "pump-1", at: time(1_001)).notices
                .isEmpty)
        #expect(telling.release(at: time(1_999)) { _ in nil } == AlertTelling.Told())
        let told = telling.release(at: time(2_000)) { _ in nil }
        #expect(told.notices.count == 2)
        #expect(told.notices.allSatisfy { $0.transition == .fired && $0.item.contains("\"peak_score\":\"9\"") })
        #expect(told.holdBacks == [1: nil])
        #expect(telling.tell(resolved(risen), stream: "pump-1", at: time(2_001)).notices.count == 2)
    }

    @Test func `a silence that is taken back ends at once`() {
        var telling = telling(silences: [period(from: 900)])
        _ = telling.tell(fired(alert()), stream: "pump-1", at: time(1_000))
        telling.use(QuietTimes(answers([])))
        #expect(telling.release(at: time(1_001)) { _ in nil }.notices.count == 2)
    }

    @Test func `who was told of the beginning is told of the end, silence or not`() {
        var telling = telling()
        _ = telling.tell(fired(alert()), stream: "pump-1", at: time(1_000))
        telling.use(QuietTimes(answers([period(from: 900)])))
        #expect(telling.tell(resolved(alert()), stream: "pump-1", at: time(1_001)).notices.count == 2)
    }

    @Test func `maintenance goes by the stream's own time`() {
        var telling = telling(maintenance: [period(from: 50, to: 200)])
        let told = telling.tell(fired(alert()), stream: "pump-1", at: time(1_000))
        #expect(told.holdBacks == [1: "maintenance 3"])
        #expect(telling.release(at: time(5_000)) { _ in time(199) }.notices.isEmpty)
        #expect(telling.release(at: time(5_000)) { _ in time(200) }.notices.count == 2)
        #expect(telling.tell(fired(alert(2, firedAt: 300)), stream: "pump-2", at: time(100)).notices.count == 2)
    }

    @Test func `a stream that is silent when maintenance ends is told of, although its time stands still`() {
        var telling = telling(maintenance: [period(from: 50, to: 200)])
        _ = telling.tell(fired(alert(kind: .noData)), stream: "pump-1", at: time(101))
        #expect(telling.release(at: time(199)) { _ in time(95) }.notices.isEmpty)
        #expect(telling.release(at: time(201)) { _ in time(95) }.notices.count == 2)
    }

    @Test func `what seems over is not told of any more`() {
        var telling = telling(silences: [period(from: 900, to: 2_000)])
        _ = telling.tell(fired(alert()), stream: "pump-1", at: time(1_000))
        let told = telling.release(at: time(2_000), newestTime: { _ in nil }, isCooling: { _ in true })
        #expect(told == AlertTelling.Told())
        #expect(telling.release(at: time(2_001)) { _ in nil }.notices.count == 2)
    }

    @Test func `what was held back is held back after a restart`() {
        var record = AlertRecord(alert: alert(), streamName: "pump-1")
        record.heldBackBy = "silence 3"
        var telling = telling(silences: [period(from: 900, to: 2_000)], heldBack: [record])
        #expect(telling.release(at: time(1_500)) { _ in nil } == AlertTelling.Told())
        #expect(telling.release(at: time(2_500)) { _ in nil }.notices.count == 2)
    }

    // MARK: Labels

    private func labelled(_ rules: [StreamRule]) -> NotificationSettings { NotificationSettings(rules: rules) }

    private func alert(in channel: String) -> Alert {
        var alert = alert()
        alert.contributions = [
            ChannelContribution(channel: channel, share: 1, actual: 1, expected: 0, lower: 0, upper: 0)
        ]
        return alert
    }

    @Test func `rules give labels by stream and leading channel, the later one counts`() {
        let settings = labelled([
            StreamRule(stream: GlobPattern("pump-*"), labels: ["severity": "critical", "team": "water"]),
            StreamRule(channel: GlobPattern("flow"), labels: ["severity": "info"]),
        ])
        func labels(_ alert: Alert, _ stream: String = "pump-1") -> [String: String] {
            settings.labels(of: alert, stream: stream)
        }
        #expect(
            labels(alert(in: "flow"))
                == [
                    "alertname": "HarkenAnomaly", "instance": "pump-1", "severity": "info", "stream": "pump-1",
                    "team": "water",
                ])
        #expect(labels(alert(in: "pressure"))["severity"] == "critical")
        #expect(labels(alert(in: "pressure"), "fan")["severity"] == "warning")
        // A silent stream has no leading channel.
        #expect(labels(alert(kind: .noData))["severity"] == "critical")
        #expect(labels(alert(kind: .noData))["alertname"] == "HarkenNoData")
    }

    @Test func `a receiver hears of what its patterns match, and of ends only where it wants to`() {
        let receivers = [
            NotifiedReceiver("pumps", match: ["stream": GlobPattern("pump-*")]),
            NotifiedReceiver("critical", match: ["severity": GlobPattern("critical"), "stream": GlobPattern("*")]),
            NotifiedReceiver("nowhere", match: ["team": GlobPattern("?*")]),
            NotifiedReceiver("noTeam", match: ["team": GlobPattern("")], wantsEnds: false),
        ]
        var telling = telling(to: receivers)
        func told(_ transition: AlertTransition, _ stream: String) -> [String] {
            telling.tell(transition, stream: stream, at: time(1_000)).notices.map(\.receiver)
        }
        #expect(told(fired(alert()), "pump-1") == ["pumps", "noTeam"])
        #expect(told(resolved(alert()), "pump-1") == ["pumps"])
        #expect(told(fired(alert(2)), "fan") == ["noTeam"])
        telling.settings = labelled([StreamRule(labels: ["severity": "critical"])])
        #expect(told(fired(alert(3)), "fan") == ["critical", "noTeam"])
    }

    @Test func `the end goes to those who heard of the beginning, with its labels, whatever the rules are by then`() {
        let receivers = [NotifiedReceiver("critical", match: ["severity": GlobPattern("critical")])]
        var before = telling(to: receivers, settings: labelled([StreamRule(labels: ["severity": "critical"])]))
        let begun = before.tell(fired(alert()), stream: "pump-1", at: time(1_000)).notices
        before.settings = labelled([])
        let end = before.tell(resolved(alert()), stream: "pump-1", at: time(1_001)).notices
        #expect(end.map(\.labels) == begun.map(\.labels))
        #expect(end.map(\.receiver) == ["critical"])
        var after = telling(to: receivers, begun: begun)
        #expect(after.tell(resolved(alert()), stream: "pump-1", at: time(1_001)).notices == end)
        #expect(after.tell(resolved(alert(2)), stream: "pump-2", at: time(1_001)).notices.isEmpty)
    }
}
