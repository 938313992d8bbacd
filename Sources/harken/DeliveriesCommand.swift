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
                try listing.print(records, document: DeliveryDocument.init, table: Self.table)
            }
        }

        private static func table(_ records: [DeliveryRecord], on terminal: Terminal) -> [String] {
            guard !records.isEmpty else { return ["everything was delivered"] }
            var table = TextTable([
                .number("ID"), .text("STATE"), .text("RECEIVER"), .number("ALERT"), .text("WHAT"), .text("STREAM"),
                .number("TRIES"), .text("NEXT"), .text("WHY"),
            ])
            for record in records {
                table.append(
                    [
                        "\(record.id)", record.state.rawValue, record.receiver, "\(record.alertID)",
                        record.transition.rawValue, record.streamName, "\(record.attempts)",
                        record.state == .pending ? Phrase.time(record.dueAt) : Phrase.nothing,
                        record.lastError ?? Phrase.nothing,
                    ], style: record.state == .failed ? .alarm : .plain)
            }
            return table.lines(on: terminal)
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
                    let isFound = try await store.retryDelivery(
                        id, at: WallClock.now())
                    guard isFound else {
                        throw DatabaseOption.missing(
                            "there is no delivery \(id) that was given up; see `harken deliveries`")
                    }
                    return "it is due again, and sent when the daemon runs"
                }
            }
        }
    }
}

/// A message as `--json` says it.
private struct DeliveryDocument: Encodable {
    let id: Int64
    let state: String
    let receiver: String
    let alertID: Int64
    let transition: String
    let stream: String
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
        alertID = record.alertID
        transition = record.transition.rawValue
        stream = record.streamName
        webhookID = record.webhookID
        attempts = record.attempts
        createdAt = RFC3339.text(record.createdAt)
        dueAt = record.state == .pending ? RFC3339.text(record.dueAt) : nil
        lastStatus = record.lastStatus
        lastError = record.lastError
    }
}
