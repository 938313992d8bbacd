package import AnomalyDetection

/// An alert in plain sentences: what it is, since when, why, and what ends it.
package struct AlertWords: Sendable {
    private static let namedChannels = 3
    private static let namedShare = 0.2
    private static let movedShare = 0.1

    private let alert: Alert
    private let stream: String
    private let end: Timestamp
    private let settled: ClosedRange<Timestamp>?
    /// When the score was over the clearing threshold last; nil where that is not known.
    private let lastOver: Timestamp?

    /// The words for an alert of a stream that ends, or is known to fire, at `end`. With the course of its readings they say what
    /// the picture shows.
    package init(
        _ alert: Alert, stream: String, through end: Timestamp, settled: ClosedRange<Timestamp>? = nil,
        course: AlertCourse? = nil
    ) {
        self.settled = settled
        var alert = alert
        if let course { alert.contributions = course.contributions(alert.contributions) }
        self.alert = alert
        self.stream = Phrase.printable(stream)
        self.end = end
        lastOver = alert.clearingThreshold.flatMap { course?.time(ofLastScoreFrom: $0) }
    }

    /// What it is, in one line.
    package var title: String {
        "Alert \(alert.id), \(stream): \(subject)"
    }

    /// All of it, a sentence or two a line.
    package var lines: [String] {
        if alert.kind == .baselineDrift { return BaselineDriftText(alert).sentences }
        return what + [since] + afterwards + [why] + loss + ending
    }

    /// What happened to which channel.
    package var subject: String {
        switch alert.kind {
        case .anomaly: break
        case .noData: return "no readings come"
        case .baselineDrift: return BaselineDriftText(alert).headline
        }
        guard let leading = alert.contributions.first else { return Phrase.words(alert.shape.rawValue) }
        let name = Phrase.printable(leading.channel)
        switch alert.shape {
        case .spike: return "a spike in \(name)"
        case .levelShift:
            guard let moved else { return unusual }
            return
                "\(Phrase.printable(moved.channel)) has moved to \(Self.isHigher(moved).map { $0 ? "a higher" : "a lower" } ?? "another") level"
        case .drift:
            guard let moved else { return unusual }
            return
                "\(Phrase.printable(moved.channel)) drifts away\(Self.isHigher(moved).map { $0 ? ", upwards" : ", downwards" } ?? "")"
        case .stuck: return "\(name) is stuck at one value"
        case .noise: return "\(name) scatters more than usual"
        case .dropout: return "\(name) does not report"
        case .unitChange:
            return "\(name) reports in another unit" + (alert.unitChange.map { " (\(Self.words(for: $0)))" } ?? "")
        case .outOfRange: return "\(name) is out of its valid range"
        case .unknown: return unusual
        }
    }

    /// That of the leading channels no more can be said.
    private var unusual: String {
        let names = leadingChannels.map { Phrase.printable($0.channel) }
        return "\(Self.list(names)) \(names.count > 1 ? "do" : "does") not behave as usual"
    }

    /// The channel that is said to have moved: the first whose value is not normal by itself, of those with a good part of the
    /// evidence. What leads may be odd only in how it goes together with others, and nobody would see it in the picture.
    private var moved: ChannelContribution? {
        alert.contributions.first { $0.share >= Self.movedShare && Self.isOutside($0) }
    }

    /// A change of unit, in words.
    package static func words(for change: UnitChange) -> String {
        switch change {
        case .times10: "10 times the value"
        case .times100: "100 times the value"
        case .times1000: "1000 times the value"
        case .tenth: "a tenth of the value"
        case .hundredth: "a hundredth of the value"
        case .thousandth: "a thousandth of the value"
        case .celsiusToFahrenheit: "degrees Fahrenheit instead of Celsius"
        case .fahrenheitToCelsius: "degrees Celsius instead of Fahrenheit"
        }
    }

    /// Channels that carry a good part of the evidence, at least one where there is any.
    private var leadingChannels: [ChannelContribution] {
        let named = alert.contributions.prefix(Self.namedChannels)
        return Array(named.prefix(1) + named.dropFirst().filter { $0.share >= Self.namedShare })
    }

    /// Whether a channel's value is higher than was expected; nil where one of the two is not known.
    private static func isHigher(_ part: ChannelContribution) -> Bool? {
        part.actual.flatMap { actual in part.expected.map { actual > $0 } }
    }

    private var what: [String] {
        guard alert.kind == .anomaly else { return [] }
        return leadingChannels.map { part in
            let name = "\(Phrase.printable(part.channel)) (\(Phrase.percent(part.share)) of the evidence)"
            let reading = part.actual.map { "read \(Phrase.number($0))" } ?? "was missing"
            guard let band = Self.band(part), let expected = part.expected else {
                return "At the peak \(name) \(reading)."
            }
            if part.lower == part.upper { return "At the peak \(name) \(reading); it always was \(band) before." }
            guard Self.isOutside(part) else {
                return
                    "At the peak \(name) \(reading), which by itself is normal (\(band)): what is odd is \(oddness(of: part))."
            }
            return
                "At the peak \(name) \(reading); about \(Phrase.number(expected)) was expected, and \(band) is normal."
        }
    }

    /// What is odd of a channel whose value is not.
    private func oddness(of part: ChannelContribution) -> String {
        guard part.channel == alert.contributions.first?.channel else { return "how it went over the readings before" }
        switch alert.shape {
        case .stuck: return "that it does not move"
        case .noise: return "how much it scatters"
        case .spike, .levelShift, .drift, .dropout, .unitChange, .outOfRange, .unknown:
            return "how it went over the readings before"
        }
    }

    /// Where all the windows that cover its readings place it.
    private var afterwards: [String] {
        guard let settled else { return [] }
        return [
            "Seen afterwards, with the readings that came later, it lasted from \(Phrase.time(settled.lowerBound)) "
                + "to \(Phrase.time(settled.upperBound))."
        ]
    }

    private var since: String {
        let began =
            "It began at \(Phrase.time(alert.startedAt)) and the alert was raised at \(Phrase.time(alert.firedAt))"
        let duration = Phrase.duration(from: alert.startedAt, to: end)
        guard alert.kind == .anomaly else {
            return "The reading that was due at \(Phrase.time(alert.startedAt)) did not come; "
                + "the alert was raised at \(Phrase.time(alert.firedAt))."
        }
        return alert.resolvedAt == nil
            ? "\(began); it has lasted \(duration) so far."
            : "\(began); it lasted \(duration), until \(Phrase.time(end))."
    }

    private var why: String {
        guard alert.kind == .anomaly else { return "A stream that used to report has fallen silent." }
        return
            "The anomaly score reached \(Phrase.score(alert.peakScore)): \(Phrase.rarity(ofScore: alert.peakScore)). "
            + "An alert begins at \(Phrase.score(alert.threshold))"
            + (alert.isProvisional ? ", a provisional threshold while the history is short." : ".")
    }

    private var loss: [String] {
        guard let window = alert.window, window.missing > 0 else { return [] }
        return ["\(window.missing) of the \(Phrase.count(window.readings, "reading")) up to the peak did not come."]
    }

    /// What would clear it, or what has.
    package var ending: [String] {
        if alert.kind == .noData {
            return [
                alert.resolvedAt == nil ? "It ends with the first reading that comes again." : "A reading came again."
            ]
        }
        if alert.shape == .outOfRange, alert.resolvedAt == nil {
            return ["It ends when the values have been valid again for `alerts.keep_firing_readings`."]
        }
        if alert.resolvedAt != nil {
            return [
                "It is over"
                    + (alert.clearingThreshold.map { ": the score has stayed below \(Phrase.score($0))." } ?? ".")
            ]
        }
        let bands = leadingChannels.filter(Self.isOutside).compactMap { part in
            Self.band(part).map { band in
                "\(Phrase.printable(part.channel)) back \(part.lower == part.upper ? "to" : "within") \(band)"
            }
        }
        let level = alert.clearingThreshold.map { Phrase.score($0) } ?? "the clearing threshold"
        let condition =
            bands.isEmpty ? ": when the readings go again as they used to." : ", which takes \(Self.list(bands))."
        var lines = ["It ends when the score has stayed below \(level) for a while\(condition)"]
        if let lastOver, lastOver < end {
            lines.append(
                "The score has been below that since \(Phrase.time(lastOver)); the alert ends when that has lasted for "
                    + "`alerts.keep_firing_readings` and `alerts.cool_down`, so that what comes and goes is one alert.")
        }
        if let time = alert.adaptsAt {
            lines.append("If it stays like this until \(Phrase.time(time)), it is learned as the new normal.")
        } else if alert.shape == .stuck || alert.shape == .dropout {
            lines.append("A channel that is stuck or missing never becomes normal by lasting.")
        }
        return lines
    }

    /// Whether a channel's value is not normal by itself.
    private static func isOutside(_ part: ChannelContribution) -> Bool {
        guard let actual = part.actual, let lower = part.lower, let upper = part.upper else { return true }
        return actual < lower || actual > upper
    }

    private static func band(_ part: ChannelContribution) -> String? {
        guard let lower = part.lower, let upper = part.upper else { return nil }
        return lower == upper ? Phrase.number(lower) : "\(Phrase.number(lower)) to \(Phrase.number(upper))"
    }

    private static func list(_ words: [String]) -> String {
        words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " and " + words[words.count - 1]
    }
}
