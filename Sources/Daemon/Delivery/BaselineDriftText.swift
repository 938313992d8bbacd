package import AnomalyDetection

/// What people are told of a normal that has moved.
package struct BaselineDriftText: Sendable {
    private let alert: Alert

    /// The text of an alert of the kind `baseline_drift`.
    package init(_ alert: Alert) {
        self.alert = alert
    }

    /// One line, such as `normal moved 18 % in 30 days (temperature)`.
    package var headline: String {
        guard let leading = alert.contributions.first else { return "normal moved in \(time)" }
        return
            "\(subject) moved \(Self.amount(leading) ?? "from \(Self.from(leading)) to \(Self.to(leading))") in \(time) "
            + "(\(leading.channel))"
    }

    /// From where to where each channel moved, and what can be done.
    package var sentences: [String] {
        var sentences = alert.contributions.prefix(3).map { channel in
            let band = channel.lower.flatMap { lower in channel.upper.map { (lower, $0) } }
            return
                "The \(alert.shape == .noise ? "spread" : "center") of \(channel.channel) moved from \(Self.from(channel)) to "
                + "\(Self.to(channel)) in \(time)"
                + (band.map { ", where \(Phrase.number($0.0)) to \(Phrase.number($0.1)) is allowed" } ?? "") + "."
        }
        sentences.append(
            alert.resolvedAt == nil
                ? "A newly trained model waits: answer `new_normal` (`harken feedback \(alert.id) new_normal`) to accept it, or "
                    + "`confirmed` to keep the old normal."
                : "It ended when normal came back, or when somebody accepted it.")
        return sentences
    }

    private var subject: String { alert.shape == .noise ? "the spread of normal" : "normal" }

    /// How long it took, in the unit that suits it.
    private var time: String {
        let seconds = alert.movedSince.map { Double(alert.peakAt.nanoseconds(since: $0)) / 1e9 } ?? 0
        let (count, unit) =
            seconds >= 2 * 86_400
            ? (seconds / 86_400, "days") : seconds >= 7_200 ? (seconds / 3_600, "hours") : (seconds / 60, "minutes")
        return "\(Int(count.rounded())) \(unit)"
    }

    /// The move in percent, where the channel's zero means something: where it does not lie within the band.
    private static func amount(_ channel: ChannelContribution) -> String? {
        guard let from = channel.expected, let to = channel.actual, let lower = channel.lower,
            let upper = channel.upper,
            lower * upper > 0, from != 0
        else { return nil }
        let percent = ((to - from) / abs(from) * 100).rounded()
        return abs(percent) < 1 ? nil : "\(percent > 0 ? "" : "−")\(Int(min(abs(percent), 1e9))) %"
    }

    private static func from(_ channel: ChannelContribution) -> String { Phrase.number(channel.expected) }
    private static func to(_ channel: ChannelContribution) -> String { Phrase.number(channel.actual) }
}
