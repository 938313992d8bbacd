import AnomalyDetection
import ArgumentParser
import Daemon
import Foundation
import Storage

/// `harken train`: a training now.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains candidates for all streams of a database, or for some of them, now.",
        discussion: """
            While a daemon runs on the database, it is told to train (as by SIGUSR1) and decides itself. Otherwise the \
            training happens here, and a promoted version scores from the daemon's next reading on. Every decision is a row \
            of the view training_runs.
            """)

    @OptionGroup var location: DatabaseOption

    @Option(help: "Only streams whose name matches this pattern, such as 'pump-*'. Not while a daemon runs.")
    var stream: String?

    @Option(help: "The configuration file.")
    var config: String?

    func run() async throws {
        let configuration = try CommandConfigurationFile.load(config)
        let path = location.path
        let store: Store
        do {
            store = try Store(path: path)
        } catch .inUse(let path, let processID?) {
            guard stream == nil else {
                throw ValidationError("a daemon (process \(processID)) works on \(path); it trains all streams or none")
            }
            guard kill(processID_t(processID), SIGUSR1) == 0 else {
                throw ValidationError(
                    "the daemon (process \(processID)) on \(path) cannot be signaled; are you its user?")
            }
            print("told the daemon (process \(processID)) to train; watch: harken models --database \(path)")
            return
        }
        try await OfflineTraining(store: store, settings: configuration.detectorSettings).run(streams: stream) { line in
            print(line)
        }
    }

    private typealias processID_t = Int32
}
