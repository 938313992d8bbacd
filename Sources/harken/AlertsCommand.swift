import AnomalyDetection
import ArgumentParser
import Daemon
import Foundation
import Storage

/// `harken alerts`: what was not normal, and what is not now.
struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "Lists alerts, the newest first.",
        discussion: """
            Reads the database only, so it works whether a daemon runs or not. `harken explain ID` tells more about one.
            The settled start and duration are known some time after an alert has ended, when all windows that cover its \
            readings were scored; they place it better than the live ones, which came first.

            Example: harken alerts --open --stream 'pump-*'
            """)

    @OptionGroup var location: DatabaseOption

    @Flag(help: "Only alerts that fire now.")
    var open = false

    @Option(help: ArgumentHelp("Only streams whose name matches, such as 'pump-*'.", valueName: "glob"))
    var stream: String?

    @Option(
        help: ArgumentHelp(
            "Only alerts that had not ended by then: 2026-01-31, 2026-01-31T12:30:00Z, or how long ago, such as 7d.",
            valueName: "time"))
    var since: SinceArgument?

    @OptionGroup var listing: ListingOptions

    func run() async throws {
        try await location.read { store in
            // One more than is shown tells whether there are more.
            let records = try await store.alerts(
                AlertFilter(
                    isOpen: open, streamPattern: stream, since: since?.timestamp(now: .now), limit: listing.limit + 1))
            try listing.print(records, document: AlertDocument.init(_:), table: Self.table)
        }
    }

    private static func table(_ records: [AlertRecord], on terminal: Terminal) -> [String] {
        guard !records.isEmpty else { return ["no alerts"] }
        var table = TextTable([
            .number("ID"), .text("STATE"), .text("STREAM"), .text("STARTED"), .text("DURATION"), .number("PEAK"),
            .text("SHAPE"), .text("LEADING CHANNEL"), .text("SETTLED START"), .text("SETTLED DURATION"),
        ])
        for record in records {
            let alert = record.alert
            let isFiring = alert.resolvedAt == nil
            table.append(
                [
                    "\(alert.id)", isFiring ? "firing" : "resolved", record.streamName, Phrase.time(alert.startedAt),
                    Phrase.duration(from: alert.startedAt, to: record.lastKnownTime),
                    alert.kind == .anomaly ? Phrase.score(alert.peakScore) : Phrase.nothing,
                    Phrase.subject(of: alert),
                    leadingChannel(alert),
                    record.settledExtent.map { Phrase.time($0.lowerBound) } ?? Phrase.nothing,
                    record.settledExtent.map { Phrase.duration(from: $0.lowerBound, to: $0.upperBound) }
                        ?? Phrase.nothing,
                ], style: isFiring ? .alarm : .plain)
        }
        return table.lines(on: terminal)
    }

    private static func leadingChannel(_ alert: Alert) -> String {
        guard let leading = alert.contributions.first else { return Phrase.nothing }
        return "\(leading.channel) (\(Int((leading.share * 100).rounded())) %)"
    }
}
