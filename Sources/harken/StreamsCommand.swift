import AnomalyDetection
import ArgumentParser
import Daemon
import Storage

/// `harken streams`: what is watched, and how the detector stands with it.
struct StreamsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "streams",
        abstract: "Lists the streams: what they have, whether they are scored yet, and what they lack.",
        discussion: """
            ASKED are the alerts that the false-alarm budget asks for, RAISED those that were raised and that nobody confirmed, \
            IN the newest time with scores, of thirty days at most.

            Reads the database only, so it works whether a daemon runs or not.
            """)

    @OptionGroup var location: DatabaseOption

    @Option(help: ArgumentHelp("Only streams whose name matches, such as 'pump-*'.", valueName: "glob"))
    var stream: String?

    @Flag(help: "Print a JSON array.")
    var json = false

    func run() async throws {
        try await location.read { store in
            let streams = try await store.streamSummaries(matching: stream)
            if json {
                print(try JSONOutput.text(streams.map(Document.init)))
            } else {
                Self.table(streams, on: .standardOutput).forEach { print($0) }
            }
        }
    }

    private static func table(_ streams: [StreamSummary], on terminal: Terminal) -> [String] {
        guard !streams.isEmpty else { return ["no streams"] }
        var table = TextTable([
            .text("STREAM"), .number("READINGS"), .text("LAST SEEN"), .text("STATE"), .text("THRESHOLD"),
            .number("ASKED"),
            .number("RAISED"), .text("IN"),
            .text("ALERT"), .text("CHANNELS"),
        ])
        for summary in streams {
            table.append(
                [
                    summary.stream.name, summary.status.map { "\($0.readings)" } ?? Phrase.nothing,
                    Phrase.time(summary.lastReadingAt), state(summary), threshold(summary.status),
                    summary.alarms.map { Phrase.score($0.asked) } ?? Phrase.nothing,
                    summary.alarms.map { "\($0.observed)" } ?? Phrase.nothing,
                    summary.alarms.map { Phrase.duration(ofNanoseconds: $0.duration) } ?? Phrase.nothing,
                    summary.openAlertID.map { "\($0) firing" } ?? Phrase.nothing,
                    summary.stream.channels.isEmpty
                        ? Phrase.nothing : summary.stream.channels.joined(separator: ", "),
                ], style: summary.openAlertID == nil ? .plain : .alarm)
        }
        return table.lines(on: terminal)
    }

    private static func state(_ summary: StreamSummary) -> String {
        switch summary.status?.phase {
        case nil: "new"
        case .warmingUp where summary.status?.readingsNeeded == 0: "warming up, model in training"
        case .warmingUp:
            "warming up, needs \(Phrase.count(summary.status?.readingsNeeded ?? 0, "more reading"))"
        case .scoring:
            summary.liveModelVersion.map { version in
                "scoring, model version \(version)" + (summary.fleetPattern.map { " of the fleet \($0)" } ?? "")
            } ?? "scoring"
        }
    }

    private static func threshold(_ status: StreamStatus?) -> String {
        guard let status, let threshold = status.threshold else { return Phrase.nothing }
        return Phrase.score(threshold) + (status.isThresholdProvisional ? " provisional" : "")
    }

    /// A stream as `--json` says it.
    private struct Document: Encodable {
        let stream: String
        let channels: [String]
        let readings: Int?
        let lastReadingAt: String?
        let phase: StreamStatus.Phase?
        let readingsNeeded: Int?
        let threshold: Double?
        let isThresholdProvisional: Bool?
        let detail: String?
        let falseAlarmsAsked: Double?
        let falseAlarmsObserved: Int?
        let falseAlarmsSeconds: Double?
        let modelVersion: Int?
        /// The glob of the fleet whose weights the model has.
        let fleet: String?
        let openAlertID: Int64?

        init(_ summary: StreamSummary) {
            stream = summary.stream.name
            channels = summary.stream.channels
            readings = summary.status?.readings
            lastReadingAt = summary.lastReadingAt.map(RFC3339.text)
            phase = summary.status?.phase
            readingsNeeded = summary.status?.readingsNeeded
            threshold = summary.status?.threshold
            isThresholdProvisional = summary.status?.isThresholdProvisional
            detail = summary.status?.detail
            falseAlarmsAsked = summary.alarms?.asked
            falseAlarmsObserved = summary.alarms?.observed
            falseAlarmsSeconds = summary.alarms.map { Double($0.duration) / 1e9 }
            modelVersion = summary.liveModelVersion
            fleet = summary.fleetPattern
            openAlertID = summary.openAlertID
        }
    }
}
