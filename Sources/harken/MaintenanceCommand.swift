import ArgumentParser
import Storage

/// `harken maintenance`: some streams are worked on, so nobody is told and nothing is learned.
struct MaintenanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintenance",
        abstract:
            "Says when streams are worked on: nobody is told of alerts, and nothing is learned from the readings.",
        discussion: """
            The time is that of the readings, so it can be said afterwards too.

            Example: harken maintenance pump-3 --from 2026-01-31T08:00:00Z --for 4h --reason 'new bearing'
            """)

    @OptionGroup var options: QuietPeriodOptions

    func run() async throws {
        try await options.run(.maintenance, word: "maintenance")
    }
}
