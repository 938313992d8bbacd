import ArgumentParser
import Daemon
import Foundation
import Logging
import Storage

/// `harken run`: the daemon.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Takes readings in, scores them, stores all of it, and tells of alerts.",
        discussion: """
            Without options it listens for datagrams at 127.0.0.1:8089 and keeps harken.db in the working directory. With \
            --stdin alone it works through standard input and exits with 0.

            Signals: SIGTERM and SIGINT store what was taken in and stop, SIGHUP reloads the configuration, SIGUSR1 trains.
            """)

    @Flag(help: "Read CSV, line protocol or JSON lines from standard input.")
    var stdin = false

    @Option(help: "An address to take datagrams at, such as 127.0.0.1:8089; may be repeated.")
    var udp: [String] = []

    @Option(help: "The database file.")
    var database: String?

    @Option(help: "The configuration file; \(Configuration.defaultFile) where it exists.")
    var config: String?

    @Option(help: "A column that is not a channel; may be repeated.")
    var ignore: [String] = []

    @Option(help: "An address to answer HTTP at, such as 127.0.0.1:9797: /metrics, /-/healthy, /-/ready.")
    var http: String?

    @Option(help: "A URL to post alerts to; may be repeated.")
    var webhook: [String] = []

    /// EX_CONFIG and EX_UNAVAILABLE of sysexits.h.
    private static let configurationError = ExitCode(78)

    func run() async throws {
        var (configuration, file) = try CommandConfigurationFile.loadWithPath(config)
        if let database { configuration.database = database }
        for text in udp {
            guard let address = NetworkAddress(text) else {
                throw ValidationError("--udp \(text) is not an address; expected HOST:PORT such as 127.0.0.1:8089")
            }
            configuration.input.udp.append(address)
        }
        if let http {
            guard let address = NetworkAddress(http) else {
                throw ValidationError("--http \(http) is not an address; expected HOST:PORT such as 127.0.0.1:9797")
            }
            configuration.http.listen = address
        }
        configuration.input.ignore += ignore
        for url in webhook {
            guard let parsed = WebhookURL(url) else {
                throw ValidationError("--webhook \(url) is not a URL; expected http://HOST/PATH or https://HOST/PATH")
            }
            configuration.webhooks.append(Configuration.Webhook(name: parsed.host, address: .url(parsed)))
        }
        if !stdin, configuration.input.udp.isEmpty, let address = NetworkAddress("127.0.0.1:8089") {
            configuration.input.udp = [address]
        }
        let logger = CommandLogging.start(level: configuration.log.level)
        do {
            try await HarkenDaemon(
                HarkenDaemon.Options(
                    configuration: configuration, configurationFile: file, readsStandardInput: stdin,
                    environment: ProcessInfo.processInfo.environment,
                    processID: ProcessInfo.processInfo.processIdentifier),
                logger: logger
            ).run()
        } catch let failure as StorageFailure {
            logger.critical("\(failure)")
            throw ExitCode(74)
        } catch {
            logger.critical("\(error)")
            throw ExitCode(70)
        }
    }
}
