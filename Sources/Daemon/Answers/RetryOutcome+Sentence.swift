package import Storage

extension RetryOutcome {
    /// What came of asking for a message again, as a sentence.
    package func sentence(about id: Int64) -> String {
        switch self {
        case .due(with: []):
            return "it is due again"
        case .due(let later):
            return "it is due again, and with it \(Self.list(later, "delivery", "deliveries")) about the same alerts"
        case .notFound:
            return "there is no delivery \(id) that was given up"
        case .ended(let alerts):
            return
                "it tells of the beginning of \(Self.list(alerts, "alert", "alerts")), whose end the receiver was told of; "
                + "sent now, that would fire there for ever"
        }
    }

    private static func list(_ ids: [Int64], _ one: String, _ many: String) -> String {
        "\(ids.count == 1 ? one : many) \(ids.map(String.init).joined(separator: ", "))"
    }
}
