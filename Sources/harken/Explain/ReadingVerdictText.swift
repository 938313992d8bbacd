import AnomalyDetection
import Daemon
import Storage

/// What `harken explain --stream --at` says to people.
struct ReadingVerdictText {
    /// What is told.
    let verdict: ReadingVerdict
    /// Where it is printed.
    let terminal: Terminal

    /// All of it, line by line.
    var lines: [String] {
        [heading] + reasonLines + scoreLines + channelTable + pictures
    }

    /// What it is, in one line.
    var heading: String { "\(Phrase.printable(verdict.stream.name)) at \(Phrase.time(verdict.time)): \(outcome)" }

    /// Why, in sentences.
    var sentences: [String] {
        var sentences = [Self.sentence("\(Phrase.words(verdict.reason)): \(verdict.detail)")]
        guard let record = verdict.record, let score = record.score else { return sentences }
        sentences.append(
            "The reading of \(Phrase.time(record.time)) has an anomaly score of \(Phrase.score(score)): "
                + "\(Phrase.rarity(ofScore: score))."
                + (record.threshold.map { " An alert would have begun at \(Phrase.score($0))." } ?? ""))
        return sentences
    }

    private static func sentence(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() + "." }

    private var outcome: String {
        switch verdict.reason {
        case "part_of_alert": "it is in alert"
        case "silence", "maintenance": "it is in alert, and nobody was told"
        case "no_data": "no alert could begin, there was no reading"
        default: "no alert began"
        }
    }

    private var reasonLines: [String] {
        var lines = ["  reason     \(Phrase.words(verdict.reason)): \(verdict.detail)"]
        if let silence = verdict.silence {
            lines.append("  silence    alert \(silence.alert.id) says that the stream has fallen silent")
        }
        for loss in verdict.losses {
            lines.append(
                "  lost       \(loss.count) of all streams' input at about that time, by the clock: "
                    + "\(Phrase.printable(loss.reason)) (\(Phrase.printable(loss.source)))")
        }
        if let alert = verdict.record?.alertID { lines.append("  more       `harken explain \(alert)`") }
        return lines
    }

    private var scoreLines: [String] {
        guard let record = verdict.record else { return [] }
        var lines = ["  reading    \(Phrase.time(record.time))"]
        if verdict.isAfterGap { lines[0] += ": \(Phrase.words(record.reason)), \(record.detail)" }
        if let score = record.score {
            lines.append("  score      \(Phrase.score(score)): \(Phrase.rarity(ofScore: score))")
        }
        if let threshold = record.threshold { lines.append("  threshold  \(Phrase.score(threshold))") }
        if let version = record.modelVersion { lines.append("  scored by  model version \(version)") }
        if let explanation = verdict.explanation {
            lines += AlertExplanationText.labelled("evidence", AlertEvidence.lines(explanation.evidence))
            if explanation.window.missing > 0 {
                lines.append(
                    "  loss       \(explanation.window.missing) of the "
                        + "\(Phrase.count(explanation.window.readings, "reading")) up to it did not come")
            }
        }
        return lines
    }

    private var channelTable: [String] {
        guard let explanation = verdict.explanation else { return [] }
        return [""]
            + ContributionTable(
                verdict.scene?.course.contributions(explanation.contributions) ?? explanation.contributions,
                terminal: terminal
            ).lines
    }

    private var pictures: [String] {
        guard let scene = verdict.scene else { return [] }
        let picture = CoursePicture(course: scene.course, terminal: terminal, focus: "reading").lines
        return [""] + scene.obstacles + picture
    }
}
