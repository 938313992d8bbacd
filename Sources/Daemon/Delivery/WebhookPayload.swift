/// The body of one webhook call, in the form of Alertmanager's webhook receiver, version 4.
///
/// It is a pure function of its alerts. `schemas/alert-webhook.schema.json` describes it.
package struct WebhookPayload: Sendable, Equatable {
    /// What alerts may be grouped by, where they have it in common.
    private static let groupingLabels = ["alertname", "stream"]

    /// The alerts.
    package var items: [AlertItem]
    /// The receiver's name.
    package var receiver: String

    /// A body for one receiver.
    package init(items: [AlertItem], receiver: String) {
        self.items = items
        self.receiver = receiver
    }

    /// The body as JSON, its fields in the order in which Alertmanager writes them.
    package var json: String {
        let status = items.contains { $0.status == "firing" } ? "firing" : "resolved"
        let commonLabels = Self.common(items.map(\.labels))
        let group = commonLabels.filter { Self.groupingLabels.contains($0.key) }
        let matchers = group.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSONText.quoted($0.value))" }
        let groupKey = "{}:{\(matchers.joined(separator: ", "))}"
        return """
            {"version":"4","groupKey":\(JSONText.quoted(groupKey)),"truncatedAlerts":0,"status":"\(status)",\
            "receiver":\(JSONText.quoted(receiver)),"groupLabels":\(JSONText.object(group)),\
            "commonLabels":\(JSONText.object(commonLabels)),\
            "commonAnnotations":\(JSONText.object(Self.common(items.map(\.annotations)))),"externalURL":"",\
            "alerts":[\(items.map(\.json).joined(separator: ","))]}
            """
    }

    /// What all of these say alike.
    private static func common(_ texts: [[String: String]]) -> [String: String] {
        guard var common = texts.first else { return [:] }
        for other in texts.dropFirst() { common = common.filter { other[$0.key] == $0.value } }
        return common
    }
}
