import AnomalyDetection
import Foundation

/// An alert in words, for whoever reads a notification.
struct AlertText {
    let alert: Alert
    let isOver: Bool
    let stream: String

    /// What a person reads, by name.
    var annotations: [String: String] {
        var annotations = [
            "alert_id": String(alert.id),
            "contributions": contributions,
            "description": description,
            "model_id": String(alert.modelID),
            "peak_at": RFC3339.text(alert.peakAt),
            "peak_score": Self.number(alert.peakScore),
            "provisional": String(alert.isProvisional),
            "shape": alert.shape.rawValue,
            "summary": summary,
            "threshold": Self.number(alert.threshold),
        ]
        if let clearing = alert.clearingThreshold {
            annotations["clearing_threshold"] = Self.number(clearing)
            if !isOver {
                let words = AlertWords(alert, stream: stream, through: alert.firedAt)
                annotations["clears"] = words.ending.joined(separator: " ")
            }
        }
        annotations["unit_change"] = alert.unitChange?.rawValue
        if let window = alert.window {
            annotations["window_readings"] = String(window.readings)
            annotations["missing_readings"] = String(window.missing)
        }
        return annotations
    }

    /// Every channel's part as a JSON list, the largest share first; null is missing or unknown.
    private var contributions: String {
        let parts = alert.contributions.map { part in
            let numbers = [
                ("share", part.share), ("actual", part.actual), ("expected", part.expected), ("lower", part.lower),
                ("upper", part.upper),
            ].map { "\"\($0)\":" + ($1.flatMap { $0.isFinite ? Self.number($0) : nil } ?? "null") }
            return "{\"channel\":\(JSONText.quoted(part.channel)),\(numbers.joined(separator: ","))}"
        }
        return "[" + parts.joined(separator: ",") + "]"
    }

    private var summary: String {
        if alert.kind == .noData {
            return isOver ? "\(stream) reports again" : "\(stream) has fallen silent"
        }
        if alert.kind == .baselineDrift {
            return isOver
                ? "what is normal for \(stream) is no longer in question"
                : "\(stream): \(BaselineDriftText(alert).headline)"
        }
        let place = alert.contributions.first.map { " in \($0.channel)" } ?? ""
        let shape = Self.words(for: alert.shape)
        return isOver
            ? "\(stream) is normal again after \(shape)\(place)" : "\(stream) is not normal: \(shape)\(place)"
    }

    private var description: String {
        var sentences: [String] = []
        if isOver, let end = alert.resolvedAt {
            let seconds = Double(end.nanoseconds(since: alert.startedAt)) / 1e9
            sentences.append("It lasted \(Self.number(seconds)) s.")
        }
        if alert.kind == .baselineDrift {
            sentences += BaselineDriftText(alert).sentences
            return sentences.joined(separator: " ")
        }
        guard alert.kind == .anomaly else {
            let seconds = Double(alert.firedAt.nanoseconds(since: alert.startedAt)) / 1e9
            sentences.append(
                "The reading that was due at \(RFC3339.text(alert.startedAt)) had not come \(Self.number(seconds)) s later."
            )
            return sentences.joined(separator: " ")
        }
        guard alert.shape != .outOfRange else {
            sentences += alert.contributions.prefix(3).map(Self.rangeSentence)
            if alert.contributions.isEmpty { sentences.append("A value is one that is not valid.") }
            return sentences.joined(separator: " ")
        }
        // Three channels tell the story; the rest are in the annotation `contributions`.
        sentences += alert.contributions.prefix(3).map(Self.sentence)
        sentences.append(
            "The anomaly score reached \(Self.number(alert.peakScore))"
                + (alert.peakScore > ScoreCeiling.level ? ", more than any normal reading seen; " : "; ")
                + "the threshold is \(Self.number(alert.threshold))"
                + (alert.isProvisional ? ", provisional while the history is short." : "."))
        sentences.append("`harken explain \(alert.id)` shows more.")
        return sentences.joined(separator: " ")
    }

    private static func sentence(_ part: ChannelContribution) -> String {
        let share = "\(Int((min(max(part.share, 0), 1) * 100).rounded())) % of the evidence"
        let actual = part.actual.map { "was \(number($0))" } ?? "was missing"
        guard let expected = part.expected else { return "\(part.channel) \(actual) (\(share))." }
        var band = ""
        if let lower = part.lower, let upper = part.upper {
            band = ", normally \(number(lower)) to \(number(upper))"
        }
        return "\(part.channel) \(actual) where \(number(expected)) was expected\(band) (\(share))."
    }

    private static func rangeSentence(_ part: ChannelContribution) -> String {
        let lower = part.lower.map { "at least \(number($0))" }
        let upper = part.upper.map { "at most \(number($0))" }
        let range = [lower, upper].compactMap { $0 }.joined(separator: " and ")
        return "\(part.channel) was \(part.actual.map(number) ?? "missing"); a valid value is \(range)."
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
        case .outOfRange: "a value out of its valid range"
        case .unknown: "an anomaly"
        }
    }

    /// Five significant digits: more than a person compares, and free of binary dust. In a form that programs read, too:
    /// `schemas/alert-webhook.schema.json` says which.
    private static func number(_ value: Double) -> String {
        guard value.isFinite else { return "unknown" }
        return String(format: "%.5g", value)
    }
}
