import AnomalyDetection
import ArgumentParser
import Daemon
import Storage

/// `harken deliveries`: what was told to whom, and what could not be.
struct DeliveriesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries",
        abstract: "Lists webhook messages that were not delivered, or sends one again.",
        subcommands: [List.self, Retry.self], defaultSubcommand: List.self)

    /// `harken deliveries list`, which is also what `harken deliveries` does.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists messages, the newest first: those that were given up and those that wait.",
            discussion: "The view deliveries has all of them, with their bodies.")

        @OptionGroup var location: DatabaseOption

        @Flag(help: "Delivered ones too.")
        var all = false

        @OptionGroup var listing: ListingOptions

        func run() async throws {
            try await location.read { store in
                let records = try await store.deliveries(includingDelivered: all, limit: listing.limit + 1)
                let waiting = try await store.savedNotices(since: Timestamp(nanoseconds: .max)).waiting
                try listing.print(records, document: DeliveryDocument.init) { records, terminal in
                    Self.table(records, waiting: waiting, on: terminal)
                }
            }
        }

        private static func table(
            _ records: [DeliveryRecord], waiting: [Notice], on terminal: Terminal
        ) -> [String] {
            let count = Set(waiting.lazy.filter(\.isForDigest).map(\.alertID)).count
            let digest =
                count == 0
                ? [] : ["\(Phrase.count(count, "alert")) \(count == 1 ? "waits" : "wait") for the next digest"]
            guard !records.isEmpty else { return digest.isEmpty ? ["everything was delivered"] : digest }
            var table = TextTable([
                .number("ID"), .text("STATE"), .text("RECEIVER"), .text("ALERT"), .text("WHAT"), .text("STREAM"),
                .number("TRIES"), .text("NEXT"), .text("WHY"),
            ])
            for record in records {
                table.append(
                    [
                        "\(record.id)", record.state.rawValue, record.receiver, record.alertIDs, record.what,
                        record.streams, "\(record.attempts)",
                        record.state == .pending ? Phrase.time(record.dueAt) : Phrase.nothing,
                        record.lastError ?? Phrase.nothing,
                    ], style: record.state == .failed ? .alarm : .plain)
            }
            return table.lines(on: terminal) + digest
        }
    }

    /// `harken deliveries retry ID`.
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry", abstract: "Sends a message again that was given up, under its own id.",
            discussion: "A running daemon does so at once; otherwise the next one does.")

        @Argument(help: ArgumentHelp("The messages' numbers, as in `harken deliveries`.", valueName: "id"))
        var ids: [Int64]

        @OptionGroup var location: DatabaseOption

        func run() async throws {
            for id in ids {
                try await location.perform(.retryDelivery, on: id) { store in
                    let outcome = try await store.retryDelivery(id, at: WallClock.now())
                    switch outcome {
                    case .due: return outcome.sentence(about: id) + ", and sent when the daemon runs"
                    case .notFound:
                        throw DatabaseOption.missing(outcome.sentence(about: id) + "; see `harken deliveries`")
                    case .ended: throw DatabaseOption.missing(outcome.sentence(about: id))
                    }
                }
            }
        }
    }
}

extension DeliveryRecord {
    /// The numbers of the alerts that it is about, as long as they fit.
    fileprivate var alertIDs: String { Self.list(steps.map { String($0.alertID) }) }

    /// Their streams, as long as they fit.
    fileprivate var streams: String { Self.list(steps.map(\.streamName)) }

    /// What happened to them.
    fileprivate var what: String {
        kind == .digest ? kind.rawValue : Set(steps.map(\.transition.rawValue)).sorted().joined(separator: ", ")
    }

    private static func list(_ names: [String]) -> String {
        var seen: [String] = []
        for name in names where !seen.contains(name) { seen.append(name) }
        let shown = seen.prefix(3).joined(separator: ", ")
        return seen.count > 3 ? "\(shown) and \(seen.count - 3) more" : shown
    }
}

/// A message as `--json` says it.
private struct DeliveryDocument: Encodable {
    /// What it says of one alert.
    struct Step: Encodable {
        let alertID: Int64
        let transition: String
        let stream: String
    }

    let id: Int64
    let state: String
    let receiver: String
    let kind: String
    let alerts: [Step]
    let webhookID: String
    let attempts: Int
    let createdAt: String
    let dueAt: String?
    let lastStatus: Int?
    let lastError: String?

    init(_ record: DeliveryRecord) {
        id = record.id
        state = record.state.rawValue
        receiver = record.receiver
        kind = record.kind.rawValue
        alerts = record.steps.map {
            Step(alertID: $0.alertID, transition: $0.transition.rawValue, stream: $0.streamName)
        }
        webhookID = record.webhookID
        attempts = record.attempts
        createdAt = RFC3339.text(record.createdAt)
        dueAt = record.state == .pending ? RFC3339.text(record.dueAt) : nil
        lastStatus = record.lastStatus
        lastError = record.lastError
    }
}
