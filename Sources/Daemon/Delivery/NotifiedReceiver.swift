package import AnomalyDetection

/// Of what a receiver wants to hear.
package struct NotifiedReceiver: Sendable, Equatable {
    /// What the outbox and the logs call it.
    package var name: String
    /// It hears of alerts whose labels match these patterns of `*`, `?` and `[...]`, by the label's name; a label that an alert
    /// does not have is the empty text.
    package var match: [String: GlobPattern]
    /// Whether it hears of the end of alerts.
    package var wantsEnds: Bool

    /// A receiver; by default one that hears of everything.
    package init(_ name: String, match: [String: GlobPattern] = [:], wantsEnds: Bool = true) {
        self.name = name
        self.match = match
        self.wantsEnds = wantsEnds
    }

    /// The receiver that a configuration describes.
    package init(_ configuration: Configuration.Webhook) {
        self.init(
            configuration.name, match: configuration.match.mapValues(GlobPattern.init),
            wantsEnds: configuration.sendsResolved)
    }

    /// Whether it hears of alerts with these labels.
    package func wants(_ labels: [String: String]) -> Bool {
        match.allSatisfy { $0.value.matches(labels[$0.key] ?? "") }
    }
}
