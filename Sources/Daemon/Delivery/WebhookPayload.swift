package import AnomalyDetection
import Foundation

/// The body of one webhook call, in the form of Alertmanager's webhook receiver, version 4.
///
/// It is a pure function of the alert and the stream's name, so that the same transition gives the same bytes in
/// every run.
/// `schemas/alert-webhook.schema.json` describes it.
package struct WebhookPayload: Sendable, Equatable {
    /// The alert after the transition.
    package var alert: Alert
    /// What happened to it; nothing is sent of an update.
    package var transition: AlertTransition.Kind
    /// The stream's name.
    package var stream: String
    /// The receiver's name.
    package var receiver: String

    /// A body for one receiver.
    package init(alert: Alert, transition: AlertTransition.Kind, stream: String, receiver: String) {
        self.alert = alert
        self.transition = transition
        self.stream = stream
        self.receiver = receiver
    }

    /// The id that receivers tell repeated calls by, in the `webhook-id` header: `msg_` and the 128-bit FNV-1a hash
    /// of stream
    /// name, start of the alert in nanoseconds, and transition.
    ///
    /// None of these changes when a reading is scored again after a crash, so neither does the id.
    package var webhookID: String {
        "msg_" + FNV1a.hex128([stream, String(alert.startedAt.nanoseconds), transition.rawValue])
    }

    /// The same for the calls that begin and end one alert; another for every other alert of the stream.
    package var fingerprint: String {
        FNV1a.hex64([alertName, stream, String(alert.startedAt.nanoseconds)])
    }

    /// The body as JSON, its fields in the order in which Alertmanager writes them.
    package var json: String {
        let status = transition == .resolved ? "resolved" : "firing"
        let group = ["alertname": alertName, "stream": stream]
        let labels = Self.object(group.merging(["shape": alert.shape.rawValue]) { _, new in new })
        let annotations = Self.object(annotations)
        let groupKey = "{}:{alertname=\(JSONText.quoted(alertName)), stream=\(JSONText.quoted(stream))}"
        // Alertmanager's own mark of an alert that has not ended is the zero time of the language it is written in.
        let endsAt = transition == .resolved ? RFC3339.text(alert.resolvedAt ?? alert.peakAt) : "0001-01-01T00:00:00Z"
        let item = """
            {"status":"\(status)","labels":\(labels),"annotations":\(annotations),\
            "startsAt":"\(RFC3339.text(alert.startedAt))","endsAt":"\(endsAt)","generatorURL":"",\
            "fingerprint":"\(fingerprint)"}
            """
        return """
            {"version":"4","groupKey":\(JSONText.quoted(groupKey)),"truncatedAlerts":0,"status":"\(status)",\
            "receiver":\(JSONText.quoted(receiver)),"groupLabels":\(Self.object(group)),"commonLabels":\(labels),\
            "commonAnnotations":\(annotations),"externalURL":"","alerts":[\(item)]}
            """
    }

    /// What receivers route by: one name for each kind of alert.
    private var alertName: String {
        switch alert.kind {
        case .anomaly: "HarkenAnomaly"
        case .noData: "HarkenNoData"
        }
    }

    /// What a person reads; every value is a text, as Alertmanager has it.
    private var annotations: [String: String] {
        [
            "alert_id": String(alert.id),
            "description": description,
            "model_id": String(alert.modelID),
            "peak_at": RFC3339.text(alert.peakAt),
            "peak_score": Self.number(alert.peakScore),
            "summary": summary,
            "threshold": Self.number(alert.threshold),
        ]
    }

    private var summary: String {
        if alert.kind == .noData {
            return transition == .resolved ? "\(stream) reports again" : "\(stream) has fallen silent"
        }
        let place = alert.contributions.first.map { " in \($0.channel)" } ?? ""
        let shape = Self.words(for: alert.shape)
        return transition == .resolved
            ? "\(stream) is normal again after \(shape)\(place)" : "\(stream) is not normal: \(shape)\(place)"
    }

    private var description: String {
        var sentences: [String] = []
        if transition == .resolved, let end = alert.resolvedAt {
            let seconds = Double(end.nanoseconds(since: alert.startedAt)) / 1e9
            sentences.append("It lasted \(Self.number(seconds)) s.")
        }
        guard alert.kind == .anomaly else {
            let seconds = Double(alert.firedAt.nanoseconds(since: alert.startedAt)) / 1e9
            sentences.append(
                "The reading that was due at \(RFC3339.text(alert.startedAt)) had not come \(Self.number(seconds)) s later."
            )
            return sentences.joined(separator: " ")
        }
        // Three channels tell the story; the rest are in the database.
        sentences += alert.contributions.prefix(3).map(Self.sentence)
        sentences.append(
            "The anomaly score reached \(Self.number(alert.peakScore)); the threshold is \(Self.number(alert.threshold))"
                + (alert.isProvisional ? ", provisional while the history is short." : "."))
        sentences.append("`harken explain \(alert.id)` shows more.")
        return sentences.joined(separator: " ")
    }

    private static func sentence(_ part: ChannelContribution) -> String {
        let share = "\(Int((min(max(part.share, 0), 1) * 100).rounded())) % of the evidence"
        let actual = part.actual.map { "was \(number($0))" } ?? "was missing"
        guard let expected = part.expected else { return "\(part.channel) \(actual) (\(share))." }
        var band = ""
        if let lower = part.lower, let upper = part.upper { band = ", normally \(number(lower)) to \(number(upper))" }
        return "\(part.channel) \(actual) where \(number(expected)) was expected\(band) (\(share))."
    }

    private static func words(for shape: FaultShape) -> String {
        switch shape {
        case .spike: "a spike"
        case .levelShift: "a level shift"
        case .drift: "a drift"
        case .stuck: "a stuck value"
        case .noise: "noise"
        case .dropout: "a dropout"
        case .unitChange: "a change of unit"
        case .unknown: "an anomaly"
        }
    }

    /// Five significant digits: more than a person compares, and free of binary dust.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "unknown" }
        return String(format: "%.5g", value)
    }

    /// Texts by name, the names in order.
    private static func object(_ texts: [String: String]) -> String {
        let fields = texts.sorted { $0.key < $1.key }.map { "\(JSONText.quoted($0.key)):\(JSONText.quoted($0.value))" }
        return "{" + fields.joined(separator: ",") + "}"
    }
}
