import AnomalyDetection
import Storage

/// What `harken explain` says to people.
struct AlertExplanationText {
    private static let sparklineWidth = 60
    private static let shareBarWidth = 20

    /// The alert.
    let record: AlertRecord
    /// The readings around it.
    let surroundings: AlertSurroundings
    /// What spoke at its peak.
    let evidence: AlertEvidence
    /// Where it is printed.
    let terminal: Terminal

    /// All of it, line by line.
    var lines: [String] {
        switch alert.kind {
        case .anomaly: heading + scoreLines + answerLines + [""] + channelTable + [""] + pictures + [""] + ending
        case .noData: heading + answerLines + [""] + silenceEnding
        }
    }

    private var alert: Alert { record.alert }

    private var heading: [String] {
        let isFiring = alert.resolvedAt == nil
        let state = terminal.styled(isFiring ? "firing" : "resolved", isFiring ? .alarm : .plain)
        return [
            terminal.styled("alert \(alert.id)", .bold) + " on "
                + terminal.styled(Phrase.printable(record.streamName), .bold)
                + ": \(state), \(Phrase.subject(of: alert))",
            "  since      \(Phrase.time(alert.startedAt)) (fired \(Phrase.time(alert.firedAt)))",
            "  \(isFiring ? "so far " : "until  ")    \(Phrase.time(record.lastKnownTime)), "
                + Phrase.duration(from: alert.startedAt, to: record.lastKnownTime),
        ]
    }

    private var scoreLines: [String] {
        let version = record.modelVersion.map { "model version \($0)" } ?? "no stored model"
        return [
            "  peak       score \(Phrase.score(alert.peakScore)) at \(Phrase.time(alert.peakAt)): "
                + Phrase.rarity(ofScore: alert.peakScore),
            "  threshold  \(Phrase.score(alert.threshold))"
                + (alert.isProvisional ? ", provisional: history was too short for the false-alarm budget" : ""),
            "  scored by  \(version)",
            "  evidence   \(evidence.text)",
        ] + settledLines
    }

    /// What people said of it, and why nobody was told of it.
    private var answerLines: [String] {
        var lines: [String] = []
        switch record.verdict {
        case .falseAlarm: lines.append("  verdict    a false alarm; the same does not fire again")
        case .confirmed: lines.append("  verdict    confirmed; its readings are not learned from")
        case .newNormal: lines.append("  verdict    the new normal; its readings are learned from")
        case nil: break
        }
        if let reason = record.heldBackBy { lines.append("  told       nobody, held back by \(reason)") }
        return lines
    }

    private var silenceEnding: [String] {
        var lines = ["The reading that was due at \(Phrase.time(alert.startedAt)) did not come."]
        lines.append(
            alert.resolvedAt == nil
                ? "It ends with the first reading that comes again."
                : "It ended when a reading came again.")
        return lines
    }

    /// Where settled scores place the alert, once they do.
    private var settledLines: [String] {
        guard record.settledAt != nil else { return [] }
        guard let extent = record.settledExtent else {
            return ["  settled    the scores that came later do not bear it out"]
        }
        return [
            "  settled    \(Phrase.time(extent.lowerBound)) to \(Phrase.time(extent.upperBound)), "
                + Phrase.duration(from: extent.lowerBound, to: extent.upperBound)
        ]
    }

    private var channelTable: [String] {
        guard !alert.contributions.isEmpty else { return ["no channel was recorded"] }
        var table = TextTable([
            .text("CHANNEL"), .number("SHARE"), .text(""), .number("ACTUAL"), .number("EXPECTED"),
            .text("NORMAL RANGE (99 %)"),
        ])
        for contribution in alert.contributions {
            table.append([
                contribution.channel, "\(Int((contribution.share * 100).rounded())) %", Self.bar(contribution.share),
                contribution.actual.map(Phrase.number) ?? "missing", Phrase.number(contribution.expected),
                Self.band(contribution) ?? Phrase.nothing,
            ])
        }
        return ["at the peak, \(Phrase.time(alert.peakAt)):"] + table.lines(on: terminal).map { "  " + $0 }
    }

    private static func bar(_ share: Double) -> String {
        let length = Int((min(max(share, 0), 1) * Double(shareBarWidth)).rounded())
        return String(repeating: "█", count: length) + String(repeating: "·", count: shareBarWidth - length)
    }

    private static func band(_ contribution: ChannelContribution) -> String? {
        guard let lower = contribution.lower, let upper = contribution.upper else { return nil }
        return lower == upper ? Phrase.number(lower) : "\(Phrase.number(lower)) to \(Phrase.number(upper))"
    }

    /// The scores and the leading channel's values around the alert, with the alert marked below.
    private var pictures: [String] {
        let readings = surroundings.readings
        guard let first = readings.times.first, let last = readings.times.last else {
            return ["the readings are not stored any more"]
        }
        let scores = readings.scores.map { Double($0) }
        var lines = [
            "\(Phrase.count(readings.count, "reading")) from \(Phrase.time(first)) to \(Phrase.time(last))"
                + (surroundings.isCut ? ", the beginning of the alert" : "") + ":"
        ]
        var marked: Sparkline?
        if let sparkline = Sparkline(scores, width: Self.sparklineWidth, floor: 0) {
            lines.append("  " + sparkline.text + "  score, 0 to \(Phrase.score(sparkline.highest))")
            marked = sparkline
        }
        if let leading = alert.contributions.first,
            let place = surroundings.channels.firstIndex(of: leading.channel), place < readings.channelCount
        {
            let values = readings.times.indices.map { readings.values[$0 * readings.channelCount + place] }
            if let sparkline = Sparkline(values, width: Self.sparklineWidth) {
                let range = "\(Phrase.number(sparkline.lowest)) to \(Phrase.number(sparkline.highest))"
                lines.append("  " + sparkline.text + "  \(Phrase.printable(leading.channel)), \(range)")
                marked = sparkline
            }
        }
        if let columns = marked?.columns(of: surroundings.during) {
            lines.append(
                "  " + String(repeating: " ", count: columns.lowerBound)
                    + terminal.styled(String(repeating: "‾", count: columns.count), .alarm) + " the alert")
        }
        return lines
    }

    private var ending: [String] {
        if let resolvedAt = alert.resolvedAt {
            switch record.verdict {
            case .falseAlarm, .newNormal:
                return ["Its last reading over the clearing threshold was at \(Phrase.time(resolvedAt))."]
            case .confirmed, nil:
                return [
                    "It ended by itself: after \(Phrase.time(resolvedAt)) the score stayed below the clearing threshold."
                ]
            }
        }
        var lines = [
            "It ends when the score has stayed below the clearing threshold, which lies under \(Phrase.score(alert.threshold)),",
            "for as many readings as `alerts.keep_firing_readings` says, and `alerts.cool_down` has passed without it firing again.",
        ]
        if let score = surroundings.readings.scores.last(where: { !$0.isNaN }) {
            lines[1] += " The newest score is \(Phrase.score(Double(score)))."
        }
        if let leading = alert.contributions.first, let band = Self.band(leading) {
            lines.append(
                "That takes \(Phrase.printable(leading.channel)) back to what is normal, which was \(band) at the peak,"
            )
            lines.append("or a model that has learned the new behavior.")
        }
        return lines
    }
}
