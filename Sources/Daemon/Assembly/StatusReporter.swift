import AnomalyDetection
import Logging
import ServiceLifecycle

/// Tells systemd how things stand, and passes on what users ask by signal: SIGHUP reloads, SIGUSR1 trains.
struct StatusReporter: Service {
    private static let interval = Duration.seconds(5)

    let notifier: SystemdNotifier
    let reload: @Sendable () -> Void
    let inbox: DetectionInbox
    let line: @Sendable () -> String
    let logger: Logger

    /// Reports until the daemon is asked to stop; then says so.
    func run() async throws {
        let signals = await SignalEvents()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.answer(signals) }
            group.addTask { await self.report() }
            await group.waitForAll()
        }
    }

    private func answer(_ signals: SignalEvents) async {
        for await signal in signals.cancelOnGracefulShutdown() {
            switch signal {
            case .reload:
                notifier.notify(SystemdNotifier.reloadingNow())
                reload()
                notifier.notify(.ready)
            case .train:
                logger.notice("training of all streams was asked for")
                inbox.post(.trainingAsked(.command))
            }
        }
    }

    private func report() async {
        await withGracefulShutdownHandler {
            // The sleep ends early on shutdown, and so does the loop.
            try? await cancelWhenGracefulShutdown {
                while !Task.isCancelled {
                    try await Task.sleep(for: Self.interval)
                    notifier.notify(.status(line()))
                }
            }
        } onGracefulShutdown: {
            notifier.notify(.stopping)
        }
    }
}
