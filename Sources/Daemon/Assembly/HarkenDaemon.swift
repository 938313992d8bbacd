import AnomalyDetection
package import Logging
import ServiceLifecycle
import Storage
import UnixSignals

/// The whole daemon: puts the services together and runs them until the input has ended or somebody asks it to stop.
package struct HarkenDaemon: Sendable {
    /// What `harken run` was told, beside the configuration.
    package struct Options: Sendable {
        /// The configuration in force.
        package var configuration: Configuration
        /// Where it came from, to be read again on SIGHUP; nil where all is default.
        package var configurationFile: String?
        /// Whether readings are read from stdin.
        package var readsStandardInput: Bool
        /// The environment, for systemd and for secrets.
        package var environment: [String: String]
        /// The number of this process, for systemd.
        package var processID: Int32

        /// All of it.
        package init(
            configuration: Configuration, configurationFile: String?, readsStandardInput: Bool,
            environment: [String: String], processID: Int32
        ) {
            self.configuration = configuration
            self.configurationFile = configurationFile
            self.readsStandardInput = readsStandardInput
            self.environment = environment
            self.processID = processID
        }
    }

    private let options: Options
    private let logger: Logger

    /// A daemon that is not running yet.
    package init(_ options: Options, logger: Logger) {
        self.options = options
        self.logger = logger
    }

    /// Runs until all input has ended and is scored and stored, or until SIGTERM or SIGINT; then what was taken in is stored
    /// and what is due is delivered within a few seconds.
    ///
    /// Throws when the database cannot be opened, an address cannot be listened at, or a receiver's URL or secret cannot be
    /// found.
    package func run() async throws {
        let configuration = options.configuration
        let settings = configuration.detectorSettings
        var receivers: [WebhookReceiver] = []
        for webhook in configuration.webhooks {
            receivers.append(try WebhookReceiver(webhook, environment: options.environment))
        }
        let store = try Store(path: configuration.database)
        let saved = try await store.savedState()
        let answers = try await store.answers()
        let heldBack = try await store.heldBackAlerts()
        let notifications = configuration.notificationSettings
        let period = notifications.fleetBudget?.period.wholeNanoseconds ?? 0
        let notices = try await store.savedNotices(since: WallClock.now().advanced(byNanoseconds: -period))
        var table = StreamTable(streamLimit: configuration.streams.limit)
        for stream in saved.streams { table.restore(name: stream.name, channels: stream.channels) }

        let shared = SharedParts(
            queue: ReadingQueue(capacity: configuration.input.queueReadings), table: SharedStreamTable(table),
            notifier: SystemdNotifier(
                environment: options.environment, processID: options.processID, logger: logger))
        let delivery = WebhookDelivery(
            receivers: receivers, outbox: store, now: { WallClock.now() }, logger: logger)
        let retraining = RetrainingService(
            queue: shared.trainings, inbox: shared.inbox, store: store, settings: settings,
            isLive: !options.readsStandardInput, now: { WallClock.now() }, logger: logger)
        let detection = DetectionService(
            DetectionService.Parts(
                settings: settings, store: store, saved: saved, queue: shared.queue,
                isLive: !options.readsStandardInput, inbox: shared.inbox,
                table: shared.table, ledger: shared.ledger, trainings: shared.trainings,
                telling: AlertTelling(
                    receivers: configuration.webhooks.map(NotifiedReceiver.init), settings: notifications,
                    quietTimes: QuietTimes(answers), heldBack: heldBack, begun: notices.begun),
                grouping: AlertGrouping(notifications, saved: notices), answers: answers,
                delivered: { delivery.wake() }, progress: shared.progress,
                now: { WallClock.now() }),
            logger: logger)
        let status = StatusReporter(
            notifier: shared.notifier, reload: { reload(inbox: shared.inbox, retraining: retraining) },
            inbox: shared.inbox, line: { detection.currentStanding.line }, logger: logger)
        let watch = AnswersWatch(
            store: store, inbox: shared.inbox, known: answers, delivered: { delivery.wake() }, now: { WallClock.now() },
            logger: logger)
        let http = configuration.http.listen.map { address in
            HTTPService(
                address: address, store: store, streamLimit: configuration.http.streamMetrics,
                progress: shared.progress, logger: logger)
        }
        try await group(
            shared, http: http, delivery: delivery, retraining: retraining, watch: watch, detection: detection,
            status: status
        ).run()
    }

    /// What several services hold on to.
    private struct SharedParts: Sendable {
        let queue: ReadingQueue
        let inbox = DetectionInbox()
        let table: SharedStreamTable
        let ledger = IngestLossLedger()
        let trainings = TrainingQueue()
        let progress = ProgressCounter()
        let notifier: SystemdNotifier

        init(queue: ReadingQueue, table: SharedStreamTable, notifier: SystemdNotifier) {
            self.queue = queue
            self.table = table
            self.notifier = notifier
        }
    }

    /// Services in the order in which they depend on each other; they stop in reverse, inputs first.
    private func group(
        _ shared: SharedParts, http: HTTPService?, delivery: WebhookDelivery, retraining: RetrainingService,
        watch: AnswersWatch, detection: DetectionService, status: StatusReporter
    ) -> ServiceGroup {
        typealias Entry = ServiceGroupConfiguration.ServiceConfiguration
        let feeder = WatchdogFeeder(
            notifier: shared.notifier, progress: shared.progress, isIdle: { shared.queue.count == 0 }, logger: logger)
        var services = [
            Entry(service: feeder), Entry(service: status), Entry(service: delivery), Entry(service: retraining),
            Entry(service: watch),
            // When the input has ended and all of it is stored, the daemon is done.
            Entry(service: detection, successTerminationBehavior: .gracefullyShutdownGroup),
        ]
        if let http { services.insert(Entry(service: http), at: 1) }
        let input = options.configuration.input
        let ready: @Sendable () -> Void = {
            shared.notifier.notify(.ready, .status("waiting for readings"))
        }
        if !input.udp.isEmpty {
            services.append(
                Entry(
                    service: UDPIngest(
                        addresses: input.udp, queue: shared.queue, streams: shared.table, ledger: shared.ledger,
                        now: { WallClock.now() }, logger: logger, onListening: { _ in ready() })))
        } else {
            ready()
        }
        if options.readsStandardInput {
            let endsDaemon = input.udp.isEmpty
            services.append(
                Entry(
                    service: StandardInputIngest(
                        decoder: ByteStreamDecoder(format: input.streamFormat, options: input.csvOptions),
                        queue: shared.queue, streams: shared.table, ledger: shared.ledger,
                        now: { WallClock.now() }, logger: logger,
                        onEnd: { _ in if endsDaemon { shared.queue.finish() } }),
                    successTerminationBehavior: .ignore))
        }
        return ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
    }

    /// Reads the configuration again; keeps the one in force and says why where the new one is wrong.
    private func reload(inbox: DetectionInbox, retraining: RetrainingService) {
        do {
            let loaded = try Configuration.load(file: options.configurationFile)
            let settings = loaded.configuration.detectorSettings
            inbox.post(.settings(settings, loaded.configuration.notificationSettings))
            retraining.use(settings)
            logger.notice(
                """
                configuration reloaded: detector, alerts, rules and retrain are in force; inputs and webhooks change with a \
                restart
                """
            )
        } catch {
            logger.error("the configuration was not reloaded and the old one stays", metadata: ["cause": "\(error)"])
        }
    }
}

extension Configuration.Input {
    /// What stdin carries, where the user said it.
    fileprivate var streamFormat: ByteStreamDecoder.Format? {
        switch format {
        case .auto: nil
        case .csv: .csv
        case .lineProtocol: .lineProtocol
        case .jsonLines: .jsonLines
        }
    }
}
