import AnomalyDetection
import Daemon
import Storage

/// What `harken explain` says to people.
struct AlertExplanationText {
    /// The alert.
    let record: AlertRecord
    /// The readings around it.
    let scene: AlertScene
    /// What spoke at its peak.
    let evidence: AlertEvidence
    /// Where it is printed.
    let terminal: Terminal

    /// All of it, line by line.
    var lines: [String] {
        switch alert.kind {
        case .anomaly: heading + scoreLines + answerLines + [""] + channelTable + [""] + pictures + [""] + ending
        case .noData: heading + answerLines + [""] + silenceEnding
        case .baselineDrift: heading + answerLines + [""] + BaselineDriftText(alert).sentences
        }
    }

    private var alert: Alert { record.alert }

    private var words: AlertWords {
        AlertWords(alert, stream: record.streamName, through: record.lastKnownTime, course: scene.course)
    }

    private var heading: [String] {
        let isFiring = alert.resolvedAt == nil
        let state = terminal.styled(isFiring ? "firing" : "resolved", isFiring ? .alarm : .plain)
        return [
            terminal.styled("alert \(alert.id)", .bold) + " on "
                + terminal.styled(Phrase.printable(record.streamName), .bold)
                + ": \(state), \(Phrase.subject(of: alert))",
            "  what       \(words.subject)",
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
                + (alert.isProvisional ? ", provisional: history was too short for the false-alarm budget" : "")
                + (alert.clearingThreshold.map { "; it clears below \(Phrase.score($0))" } ?? ""),
            "  scored by  \(version)",
        ] + Self.labelled("evidence", evidence.lines) + lossLines + settledLines
    }

    /// Lines of which the first has a label.
    static func labelled(_ label: String, _ lines: [String]) -> [String] {
        lines.enumerated().map { index, line in
            let label = index == 0 ? label : ""
            return "  " + label + String(repeating: " ", count: 11 - label.count) + line
        }
    }

    /// How much of the window at the peak was there.
    private var lossLines: [String] {
        guard let window = alert.window, window.missing > 0 else { return [] }
        return [
            "  loss       \(window.missing) of the \(Phrase.count(window.readings, "reading")) up to the peak did not come"
        ]
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
        return ["at the peak, \(Phrase.time(alert.peakAt)):"]
            + ContributionTable(scene.course.contributions(alert.contributions), terminal: terminal).lines
    }

    /// The leading channels and the score around the alert, with the alert marked below.
    private var pictures: [String] {
        var lines: [String] = []
        if let first = scene.readings.times.first, let last = scene.readings.times.last {
            lines.append(
                "\(Phrase.count(scene.readings.count, "reading")) from \(Phrase.time(first)) to \(Phrase.time(last))"
                    + (scene.isCut ? ", the beginning of the alert" : "")
                    + ":")
        }
        lines += scene.obstacles
        return lines + CoursePicture(course: scene.course, terminal: terminal, focus: "peak").lines
    }

    private var ending: [String] {
        guard let resolvedAt = alert.resolvedAt else {
            var lines = words.ending
            if let score = scene.readings.scores.last(where: { !$0.isNaN }) {
                lines.append("The newest score is \(Phrase.score(Double(score))).")
            }
            return lines
        }
        switch record.verdict {
        case .falseAlarm, .newNormal:
            return ["Its last reading over the clearing threshold was at \(Phrase.time(resolvedAt))."]
        case .confirmed, nil:
            let clearing = alert.clearingThreshold.map { " of \(Phrase.score($0))" } ?? ""
            return [
                "It ended by itself: after \(Phrase.time(resolvedAt)) the score stayed below the clearing threshold\(clearing)."
            ]
        }
    }
}
