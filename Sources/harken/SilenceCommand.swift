import ArgumentParser
import Storage

/// `harken silence`: nobody is told of some streams' alerts for a while.
struct SilenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Tells nobody of some streams' alerts for a while, lists such times, or ends one.",
        discussion: """
            Alerts under a silence are found and kept as ever. One that still fires when the silence ends is told then.

            Example: harken silence 'pump-*' --for 2h --reason 'filters are changed'
            """)

    @OptionGroup var options: QuietPeriodOptions

    func run() async throws {
        try await options.run(.silence, word: "silence")
    }
}
