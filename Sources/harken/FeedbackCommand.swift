import AnomalyDetection
import ArgumentParser
import Daemon
import Storage

/// `harken feedback`: says what an alert was.
struct FeedbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback",
        abstract: "Says what an alert was, so that Harken learns from it.",
        discussion: """
            false_alarm: the same does not fire again, and its readings are learned as normal. confirmed: its readings are \
            never learned from. new_normal: it is how things are from now on, and is learned. The newest word on an alert \
            counts, and a running daemon follows it within a second.

            The same in SQL: INSERT INTO feedback (alert_id, verdict, note) VALUES (7, 'false_alarm', 'pump test')
            """)

    @Argument(help: "The alert's number, as in `harken alerts`.")
    var id: Int64

    @Argument(help: "false_alarm, confirmed or new_normal.")
    var verdict: AlertVerdict.Verdict

    @OptionGroup var location: DatabaseOption

    @Option(help: "A word on why, for people.")
    var note: String?

    func run() async throws {
        try await location.answer { writer in
            guard try writer.judge(id, verdict, note: note) else {
                throw DatabaseOption.missing("there is no alert \(id) in \(location.path); see `harken alerts`")
            }
            print("alert \(id): \(Phrase.words(verdict.rawValue))")
        }
    }
}

extension AlertVerdict.Verdict: ExpressibleByArgument {}
