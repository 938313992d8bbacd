package import Logging
import ServiceLifecycle

/// The service that gives systemd's watchdog a sign of life while the daemon makes progress or has nothing to do.
package struct WatchdogFeeder: Service {
    /// Looks within one interval of the watchdog. Four leave room for a late look, and for one batch that takes long.
    private static let looksPerInterval = 4

    private let notifier: SystemdNotifier
    private let progress: ProgressCounter
    private let isIdle: @Sendable () -> Bool
    private let logger: Logger

    /// A feeder; it does nothing where systemd does not watch.
    ///
    /// - Parameters:
    ///   - progress: moves with each step of work that is done.
    ///   - isIdle: whether no work waits or is under way; must not wait.
    package init(
        notifier: SystemdNotifier, progress: ProgressCounter, isIdle: @escaping @Sendable () -> Bool, logger: Logger
    ) {
        self.notifier = notifier
        self.progress = progress
        self.isIdle = isIdle
        self.logger = logger
    }

    /// Feeds until the daemon is asked to stop. It goes on while others stop: they are stopped before it, and may hang.
    package func run() async throws {
        guard let interval = notifier.watchdogInterval else {
            try? await gracefulShutdown()
            return
        }
        // The sleep ends early on shutdown, and so does the loop.
        try? await cancelWhenGracefulShutdown {
            var judge = WatchdogJudge()
            var wasAlive = true
            while !Task.isCancelled {
                let isAlive = judge.isAlive(progress: progress.value, isIdle: isIdle())
                if isAlive {
                    notifier.notify(.watchdog)
                } else if wasAlive {
                    logger.error(
                        "Work waits and none is done; systemd starts Harken again after \(DurationText.format(interval))"
                    )
                }
                wasAlive = isAlive
                try await Task.sleep(for: interval / Self.looksPerInterval)
            }
        }
    }
}
