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

            --reproduce fits a stored model again, from the readings and the ledger in the database, and says whether it comes out the \
            same to the last byte; it ends with 1 where it does not. It changes nothing, whether a daemon runs or not.
            Example: harken train --stream pump-1 --reproduce 2
            """)

    @OptionGroup var location: DatabaseOption

    @Option(help: "Only streams whose name matches this pattern, such as 'pump-*'. Not while a daemon runs.")
    var stream: String?

    @Option(help: "The configuration file.")
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Fits this model again and compares; with --stream it is a version of that stream, else a number as in the column MODEL of `harken models`.",
            valueName: "version|model"))
    var reproduce: Int64?

    func run() async throws {
        if let reproduce { return try await fitAgain(reproduce) }
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

    private func fitAgain(_ number: Int64) async throws {
        try await location.read { store in
            do {
                let model = try await store.model(numbered: number, ofStream: stream)
                let name = "model \(model.id) (version \(model.version) of \(Phrase.printable(model.streamName)))"
                let result = try await Reproduction(of: model, in: store)
                guard let first = result.differingBytes.first else {
                    print("identical: \(name), \(result.byteCount) bytes")
                    return
                }
                print(
                    "different: \(name) in \(result.differingBytes.count) of \(result.byteCount) bytes, the first at \(first)"
                )
                for difference in result.differences { print("  \(Phrase.printable(difference))") }
                throw ExitCode.failure
            } catch let failure as ReproductionFailure {
                throw DatabaseOption.missing(failure.description)
            }
        }
    }

    private typealias processID_t = Int32
}
