import ArgumentParser
import Daemon
import Foundation

/// Says whether a configuration is valid, and what it comes to.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a configuration.",
        discussion: """
            Reads the configuration strictly, as the daemon does, and reports everything that is wrong with it, each with its \
            line. Exits with 0 where it is valid and with 78 where it is not.
            """)

    @Option(
        name: .long, help: "The file to check; \(Configuration.defaultFile) where it exists, and else the defaults.")
    var config: String?

    @Flag(name: .long, help: "Print the configuration with all defaults filled in, as YAML.")
    var effective = false

    @Flag(name: .long, help: "Print JSON: the configuration with all defaults filled in, or the errors.")
    var json = false

    /// EX_CONFIG of sysexits.h.
    private static let configurationError = ExitCode(78)

    func run() async throws {
        let loaded: Configuration.Loaded
        do {
            loaded = try Configuration.load(file: config)
            try loaded.configuration.checkSecrets(
                environment: ProcessInfo.processInfo.environment, file: loaded.file ?? Configuration.defaultFile)
        } catch {
            report(error)
            throw Self.configurationError
        }
        if json {
            print(loaded.effective.json())
        } else if effective {
            print(loaded.effective.yaml(), terminator: "")
        } else {
            print(loaded.file.map { "\($0): valid" } ?? "no configuration file: the defaults are used, which are valid")
        }
    }

    /// Errors go to standard error; with `--json` they are data and go to standard output.
    private func report(_ failure: ConfigurationFailure) {
        if json {
            print(failure.json)
        } else {
            let count = failure.issues.count
            let summary = count == 1 ? "1 error" : "\(count) errors"
            FileHandle.standardError.write(Data("\(failure)\n\(summary)\n".utf8))
        }
    }
}
