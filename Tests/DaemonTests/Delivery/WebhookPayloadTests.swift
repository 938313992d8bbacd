import AnomalyDetection
import Daemon
import Foundation
import Storage
import Testing

struct WebhookPayloadTests {
    private func transition(_ kind: AlertTransition.Kind, id: Int64 = 1) -> AlertTransition {
        AlertTransition(kind: kind, alert: .example(id, resolved: kind == .resolved))
    }

    private func item(_ transition: AlertTransition, stream: String = "pump") -> AlertItem {
        let labels = NotificationSettings().labels(of: transition.alert, stream: stream)
        return AlertItem(transition, stream: stream, labels: labels)
    }

    private func body(_ items: AlertItem...) -> String { WebhookPayload(items: items, receiver: "ops").json }

    private func read(_ body: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
    }

    @Test func `the body of a firing alert is as recorded`() {
        let expected = """
            {"version":"4","groupKey":"{}:{alertname=\\"HarkenAnomaly\\", stream=\\"pump\\"}","truncatedAlerts":0,\
            "status":"firing","receiver":"ops","groupLabels":{"alertname":"HarkenAnomaly","stream":"pump"},\
            "commonLabels":{"alertname":"HarkenAnomaly","instance":"pump","severity":"warning","stream":"pump"},\
            "commonAnnotations":ANNOTATIONS,"externalURL":"",\
            "alerts":[{"status":"firing",\
            "labels":{"alertname":"HarkenAnomaly","instance":"pump","severity":"warning","stream":"pump"},\
            "annotations":ANNOTATIONS,"startsAt":"2026-01-02T03:04:06.25Z",\
            "endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"f08e5b1335438788"}]}
            """
        let annotations = #"""
            {"alert_id":"1","contributions":"[{\"channel\":\"temperature\",\"share\":0.8,\"actual\":81.25,\"expected\":64,\"lower\":60.125,\"upper\":67.875},{\"channel\":\"pressure \\\"p\\\"\\n\",\"share\":0.2,\"actual\":null,\"expected\":1,\"lower\":null,\"upper\":null}]","description":"temperature was 81.25 where 64 was expected, normally 60.125 to 67.875 (80 % of the evidence). pressure \"p\"\n was missing where 1 was expected (20 % of the evidence). The anomaly score reached 7.25; the threshold is 4.5, provisional while the history is short. `harken explain 1` shows more.","model_id":"0","peak_at":"2026-01-02T03:04:11.25Z","peak_score":"7.25","provisional":"true","shape":"level_shift","summary":"pump is not normal: a level shift in temperature","threshold":"4.5"}
            """#
        #expect(body(item(transition(.fired))) == expected.replacingOccurrences(of: "ANNOTATIONS", with: annotations))
    }

    @Test func `what would clear an alert, its unit and what was lost are told where they are known`() {
        var known = transition(.fired)
        known.alert.clearingThreshold = 2.5
        known.alert.unitChange = .times1000
        known.alert.window = WindowLoss(readings: 64, missing: 3)
        let json = body(item(known))
        for text in [
            "\"clearing_threshold\":\"2.5\"", "\"unit_change\":\"x1000\"", "\"window_readings\":\"64\"",
            "\"missing_readings\":\"3\"",
            "\"clears\":\"It ends when the score has stayed below 2.50 for a while, which takes temperature back within",
        ] {
            #expect(json.contains(text), "\(text) is missing in \(json)")
        }
        known.kind = .resolved
        #expect(!body(item(known)).contains("\"clears\""))
    }

    @Test func `the end of an alert says when it was and how long it lasted`() {
        let json = body(item(transition(.resolved)))
        #expect(json.contains("\"endsAt\":\"2026-01-02T03:05:36.25Z\""))
        #expect(json.contains("\"status\":\"resolved\""))
        #expect(json.contains("It lasted 90 s."))
        #expect(json.contains("pump is normal again after a level shift in temperature"))
    }

    @Test func `what several alerts have in common is really common`() throws {
        let message = try read(
            body(item(transition(.fired)), item(transition(.resolved, id: 2), stream: "fan")))
        #expect(message["status"] as? String == "firing")
        #expect(message["groupKey"] as? String == "{}:{alertname=\"HarkenAnomaly\"}")
        #expect(message["groupLabels"] as? [String: String] == ["alertname": "HarkenAnomaly"])
        #expect(
            message["commonLabels"] as? [String: String] == ["alertname": "HarkenAnomaly", "severity": "warning"])
        let annotations = try #require(message["commonAnnotations"] as? [String: String])
        #expect(annotations["peak_score"] == "7.25")
        #expect(annotations["summary"] == nil)
        #expect(annotations["alert_id"] == nil)
        #expect((message["alerts"] as? [Any])?.count == 2)
    }

    @Test func `an item reads back from its text`() throws {
        let item = item(transition(.fired), stream: "Prüfstand \u{1} \"1\" \\ 😀")
        #expect(AlertItem(json: item.json) == item)
        #expect(AlertItem(json: "{}") == nil)
    }

    @Test func `the webhook id is the same for the same transition and another for every other`() {
        let ids = [
            AlertItem.messageID(transition(.fired), stream: "pump"),
            AlertItem.messageID(transition(.resolved), stream: "pump"),
            AlertItem.messageID(transition(.fired, id: 2), stream: "pump"),
            AlertItem.messageID(transition(.fired), stream: "pump 2"),
        ]
        #expect(Set(ids).count == ids.count)
        var rescored = transition(.fired)
        rescored.alert.peakScore = 9
        rescored.alert.id = 77
        #expect(AlertItem.messageID(rescored, stream: "pump") == ids[0])
        // The id is a promise to receivers over versions, so it is recorded: FNV-1a over "pump", the start and "fired",
        // each with a byte 0xFF behind it, as a few lines of Python gave it.
        #expect(ids[0] == "msg_790275549a6990271eede82c4a94fe9a")
    }

    @Test func `an alert has one fingerprint from beginning to end`() {
        #expect(item(transition(.fired)).fingerprint == item(transition(.resolved)).fingerprint)
        #expect(item(transition(.fired)).fingerprint != item(transition(.fired, id: 2)).fingerprint)
        #expect(item(transition(.fired)).fingerprint == "f08e5b1335438788")
    }

    @Test(
        .enabled(if: SchemaPeer.isAvailable, Comment(rawValue: SchemaPeer.absence)), arguments: FaultShape.allCases)
    func `every body is valid by the published schema`(shape: FaultShape) throws {
        var documents: [String] = []
        for kind in [AlertTransition.Kind.fired, .resolved] {
            for contributions in [Alert.example().contributions, []] {
                for score in [0, -0.0, 1e-7, 12.5, 1e300, .infinity, .nan] {
                    var transition = transition(kind)
                    transition.alert.shape = shape
                    transition.alert.contributions = contributions
                    transition.alert.peakScore = score
                    let item = item(transition, stream: "Prüfstand \u{1} \"1\" \\ 😀")
                    documents.append(body(item))
                    documents.append(body(item, self.item(self.transition(.fired, id: 2))))
                }
            }
        }
        let errors = try SchemaPeer.validate(documents, schema: "alert-webhook.schema.json", format: "json")
        #expect(errors == documents.map { _ in nil })
    }

    /// Of a normal that moved by 18 %.
    private func moved(_ kind: AlertTransition.Kind) -> AlertTransition {
        var moved = transition(kind)
        moved.alert.kind = .baselineDrift
        moved.alert.shape = .drift
        (moved.alert.peakScore, moved.alert.threshold) = (0, 0)
        moved.alert.contributions = [
            ChannelContribution(channel: "temperature", share: 1, actual: 59, expected: 50, lower: 45, upper: 55)
        ]
        moved.alert.movedSince = moved.alert.firedAt.advanced(byNanoseconds: -30 * 86_400 * 1_000_000_000)
        return moved
    }

    @Test func `a normal that moved is told with how far and in which time`() {
        let json = body(item(moved(.fired)))
        #expect(json.contains("\"summary\":\"pump: normal moved 18 % in 30 days (temperature)\""), "\(json)")
        #expect(json.contains("\"alertname\":\"HarkenBaselineDrift\""))
        #expect(json.contains("The center of temperature moved from 50 to 59 in 30 days, where 45 to 55 is allowed."))
        #expect(json.contains("harken feedback 1 new_normal"))
        var spread = moved(.fired)
        spread.alert.shape = .noise
        #expect(body(item(spread)).contains("pump: the spread of normal moved 18 % in 30 days (temperature)"))
        // Percent of a value around zero would say nothing.
        spread.alert.contributions[0].lower = -1
        #expect(body(item(spread)).contains("moved from 50 to 59 in 30 days"))
    }

    @Test(.enabled(if: SchemaPeer.isAvailable, Comment(rawValue: SchemaPeer.absence)))
    func `the body of a normal that moved is valid by the published schema`() throws {
        let documents = [moved(.fired), moved(.resolved)].map { body(item($0)) }
        let errors = try SchemaPeer.validate(documents, schema: "alert-webhook.schema.json", format: "json")
        #expect(errors == documents.map { _ in nil })
    }

    @Test(.enabled(if: SchemaPeer.isAvailable, Comment(rawValue: SchemaPeer.absence)))
    func `the published schema refuses bodies that are not ours`() throws {
        let good = body(item(transition(.fired)))
        let bad = [
            good.replacingOccurrences(of: "\"version\":\"4\"", with: "\"version\":\"3\""),
            good.replacingOccurrences(of: "0001-01-01T00:00:00Z", with: "2026-01-02T03:05:36Z"),
            good.replacingOccurrences(of: "level_shift", with: "wobble"),
            good.replacingOccurrences(of: "\"externalURL\":\"\",", with: ""),
            good.replacingOccurrences(of: "2026-01-02T03:04:06.25Z", with: "2026-01-02 03:04:06"),
        ]
        let errors = try SchemaPeer.validate(bad, schema: "alert-webhook.schema.json", format: "json")
        #expect(errors.allSatisfy { $0 != nil })
    }

    @Test(.enabled(if: AlertModelPeer.isAvailable, Comment(rawValue: AlertModelPeer.absence)))
    func `somebody else's model of Alertmanager's payloads parses every kind of body`() throws {
        let silence = Alert(
            id: 3, stream: StreamID(0), kind: .noData, startedAt: Timestamp(nanoseconds: 1_767_323_045_000_000_001),
            firedAt: Timestamp(nanoseconds: 1_767_323_105_000_000_000), peakScore: 0,
            peakAt: Timestamp(nanoseconds: 1_767_323_105_000_000_000), threshold: 0, isProvisional: false, modelID: 1,
            shape: .dropout)
        let silent = item(AlertTransition(kind: .fired, alert: silence), stream: "fan")
        let (fired, resolved) = (item(transition(.fired)), item(transition(.resolved)))
        var digested = [fired, silent]
        for index in digested.indices { digested[index].annotations["digest"] = "told in a digest" }
        let bodies =
            [body(fired), body(resolved), body(fired, silent), body(silent)] + [
                WebhookPayload(items: digested, receiver: "ops").json
            ]
        let answers = try AlertModelPeer.parse(bodies)
        #expect(answers.map(\.status) == ["firing", "resolved", "firing", "firing", "firing"])
        #expect(answers.allSatisfy { $0.common })
        #expect(
            answers[2].alerts == [
                [.text("pump"), .text("firing"), .number(2_026)], [.text("fan"), .text("firing"), .number(2_026)],
            ])
        #expect(answers[4].alerts.count == 2)
        let errors =
            try SchemaPeer.isAvailable
            ? SchemaPeer.validate(
                bodies, schema: "alert-webhook.schema.json", format: "json") : []
        #expect(errors.allSatisfy { $0 == nil })
    }
}
