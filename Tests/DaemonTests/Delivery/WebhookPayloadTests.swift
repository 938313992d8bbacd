import AnomalyDetection
import Daemon
import Foundation
import Storage
import Testing

struct WebhookPayloadTests {
    private func payload(_ kind: AlertTransition.Kind, id: Int64 = 1, stream: String = "pump") -> WebhookPayload {
        WebhookPayload(
            alert: .example(id, resolved: kind == .resolved), transition: kind, stream: stream, receiver: "ops")
    }

    @Test func `the body of a firing alert is as recorded`() {
        let expected = """
            {"version":"4","groupKey":"{}:{alertname=\\"HarkenAnomaly\\", stream=\\"pump\\"}","truncatedAlerts":0,\
            "status":"firing","receiver":"ops","groupLabels":{"alertname":"HarkenAnomaly","stream":"pump"},\
            "commonLabels":{"alertname":"HarkenAnomaly","shape":"level_shift","stream":"pump"},\
            "commonAnnotations":ANNOTATIONS,"externalURL":"",\
            "alerts":[{"status":"firing","labels":{"alertname":"HarkenAnomaly","shape":"level_shift","stream":"pump"},\
            "annotations":ANNOTATIONS,"startsAt":"2026-01-02T03:04:06.25Z",\
            "endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"FINGERPRINT"}]}
            """
        let annotations = """
            {"alert_id":"1","description":"temperature was 81.25 where 64 was expected, normally 60.125 to 67.875 \
            (80 % of the evidence). pressure \\"p\\"\\n was missing where 1 was expected (20 % of the evidence). \
            The anomaly score reached 7.25; the threshold is 4.5, provisional while the history is short. \
            `harken explain 1` shows more.","model_id":"0","peak_at":"2026-01-02T03:04:11.25Z","peak_score":"7.25",\
            "summary":"pump is not normal: a level shift in temperature","threshold":"4.5"}
            """
        let payload = payload(.fired)
        #expect(
            payload.json
                == expected.replacingOccurrences(of: "ANNOTATIONS", with: annotations)
                .replacingOccurrences(of: "FINGERPRINT", with: payload.fingerprint))
    }

    @Test func `the end of an alert says when it was and how long it lasted`() {
        let json = payload(.resolved).json
        #expect(json.contains("\"endsAt\":\"2026-01-02T03:05:36.25Z\""))
        #expect(json.contains("\"status\":\"resolved\""))
        #expect(json.contains("It lasted 90 s."))
        #expect(json.contains("pump is normal again after a level shift in temperature"))
    }

    @Test func `the webhook id is the same for the same transition and another for every other`() {
        let ids = [
            payload(.fired), payload(.resolved), payload(.fired, id: 2), payload(.fired, stream: "pump 2"),
        ].map(\.webhookID)
        #expect(Set(ids).count == ids.count)
        #expect(payload(.fired).webhookID == ids[0])
        var rescored = payload(.fired)
        rescored.alert.peakScore = 9
        rescored.alert.id = 77
        #expect(rescored.webhookID == ids[0])
        // The id is a promise to receivers over versions, so it is recorded: FNV-1a over "pump", the start and "fired",
        // each with a byte 0xFF behind it, as a few lines of Python gave it.
        #expect(ids[0] == "msg_790275549a6990271eede82c4a94fe9a")
    }

    @Test func `an alert has one fingerprint from beginning to end`() {
        #expect(payload(.fired).fingerprint == payload(.resolved).fingerprint)
        #expect(payload(.fired).fingerprint != payload(.fired, id: 2).fingerprint)
        #expect(payload(.fired).fingerprint == "f08e5b1335438788")
    }

    @Test func `nobody is told of an update`() {
        let update = AlertTransition(kind: .updated, alert: .example())
        let time = Timestamp(nanoseconds: 5)
        #expect(Outbox.entries(for: update, stream: "pump", receivers: ["a"], at: time).isEmpty)
    }

    @Test func `each receiver gets its own message under the same id`() {
        let time = Timestamp(nanoseconds: 5)
        let entries = Outbox.entries(
            for: AlertTransition(kind: .fired, alert: .example()), stream: "pump", receivers: ["a", "b"], at: time)
        #expect(entries.map(\.receiver) == ["a", "b"])
        #expect(entries[0].webhookID == entries[1].webhookID)
        #expect(entries.allSatisfy { $0.createdAt == time && $0.dueAt == time && $0.alertID == 1 })
        #expect(entries[1].payload.contains("\"receiver\":\"b\""))
    }

    @Test(
        .enabled(if: SchemaPeer.isAvailable, Comment(rawValue: SchemaPeer.absence)), arguments: FaultShape.allCases)
    func `every body is valid by the published schema`(shape: FaultShape) throws {
        var documents: [String] = []
        for kind in [AlertTransition.Kind.fired, .resolved] {
            for contributions in [Alert.example().contributions, []] {
                for score in [0, -0.0, 1e-7, 12.5, 1e300, .infinity, .nan] {
                    var payload = payload(kind, stream: "Prüfstand \u{1} \"1\" \\ 😀")
                    payload.alert.shape = shape
                    payload.alert.contributions = contributions
                    payload.alert.peakScore = score
                    documents.append(payload.json)
                }
            }
        }
        let errors = try SchemaPeer.validate(documents, schema: "alert-webhook.schema.json", format: "json")
        #expect(errors == documents.map { _ in nil })
    }

    @Test(.enabled(if: SchemaPeer.isAvailable, Comment(rawValue: SchemaPeer.absence)))
    func `the published schema refuses bodies that are not ours`() throws {
        let good = payload(.fired).json
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
}
