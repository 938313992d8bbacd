package import AnomalyDetection
import Foundation

/// One alert as it stands in the body of a webhook call, in the form of Alertmanager's webhook receiver, version 4.
package struct AlertItem: Sendable, Equatable, Codable {
    /// `firing` or `resolved`.
    package var status: String
    /// What receivers route by.
    package var labels: [String: String]
    /// What a person reads; every value is a text, as Alertmanager has it.
    package var annotations: [String: String]
    /// When it began.
    package var startsAt: String
    /// When it ended.
    package var endsAt: String
    /// Where more is to be seen; nowhere yet.
    package var generatorURL: String
    /// The same at the beginning and the end of one alert; another for every other alert.
    package var fingerprint: String

    /// Alertmanager's own mark of an alert that has not ended: the zero time of the language that it is written in.
    private static let noEnd = "0001-01-01T00:00:00Z"

    /// An alert after a step, with the labels that it had from its beginning.
    ///
    /// It is a pure function of these, so that the same step gives the same bytes in every run.
    package init(_ transition: AlertTransition, stream: String, labels: [String: String]) {
        let alert = transition.alert
        let isOver = transition.kind == .resolved
        let text = AlertText(alert: alert, isOver: isOver, stream: stream)
        status = isOver ? "resolved" : "firing"
        self.labels = labels
        annotations = text.annotations
        startsAt = RFC3339.text(alert.startedAt)
        endsAt = isOver ? RFC3339.text(alert.resolvedAt ?? alert.peakAt) : Self.noEnd
        generatorURL = ""
        fingerprint = FNV1a.hex64([alert.kind.alertName, stream, String(alert.startedAt.nanoseconds)])
    }

    /// The item that a JSON text says; nil where it says none.
    package init?(json: String) {
        guard let item = try? JSONDecoder().decode(AlertItem.self, from: Data(json.utf8)) else { return nil }
        self = item
    }

    /// The item as JSON, its fields in the order in which Alertmanager writes them.
    package var json: String {
        """
        {"status":"\(status)","labels":\(JSONText.object(labels)),"annotations":\(JSONText.object(annotations)),\
        "startsAt":"\(startsAt)","endsAt":"\(endsAt)","generatorURL":"","fingerprint":"\(fingerprint)"}
        """
    }

    /// The `webhook-id` of a message about this step alone: `msg_` and the 128-bit FNV-1a hash of stream name, start of the
    /// alert in nanoseconds, and step.
    ///
    /// None of these changes when a reading is scored again after a crash, so neither does the id.
    package static func messageID(_ transition: AlertTransition, stream: String) -> String {
        "msg_"
            + FNV1a.hex128([stream, String(transition.alert.startedAt.nanoseconds), transition.kind.rawValue])
    }
}

extension AlertKind {
    /// What receivers route by: one name for each kind of alert.
    package var alertName: String {
        switch self {
        case .anomaly: "HarkenAnomaly"
        case .noData: "HarkenNoData"
        case .baselineDrift: "HarkenBaselineDrift"
        }
    }
}
