import Glibc
package import Logging

/// Tells systemd what the daemon is doing, by the protocol of sd_notify(3).
///
/// Without `$NOTIFY_SOCKET`, outside systemd or in a unit that is not of `Type=notify`, every call does nothing.
package struct SystemdNotifier: Sendable {
    /// What systemd can be told.
    package enum State: Sendable, Equatable {
        /// The daemon has started and does its work, or is done with reloading.
        case ready
        /// The daemon reads its configuration again; `monotonicMicroseconds` is the monotonic clock at the time.
        case reloading(monotonicMicroseconds: UInt64)
        /// The daemon is about to end.
        case stopping
        /// The daemon is alive.
        case watchdog
        /// What the daemon is doing, in one line for `systemctl status`.
        case status(String)

        /// The line of the protocol.
        package var text: String {
            switch self {
            case .ready: "READY=1"
            case .reloading(let time): "RELOADING=1\nMONOTONIC_USEC=\(time)"
            case .stopping: "STOPPING=1"
            case .watchdog: "WATCHDOG=1"
            case .status(let line): "STATUS=" + String(line.map { $0.isNewline ? " " : $0 })
            }
        }
    }

    /// The address of the socket; nil where nobody listens.
    private let address: String?
    /// How long systemd waits for a sign of life; nil where it does not watch this process.
    package let watchdogInterval: Duration?
    private let logger: Logger

    /// A notifier as `environment`, the process's own, describes it; `processID` is that of this process.
    package init(environment: [String: String], processID: Int32, logger: Logger) {
        self.logger = logger
        address = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
        let isOurs = environment["WATCHDOG_PID"].map { $0 == String(processID) } ?? true
        let interval = environment["WATCHDOG_USEC"].flatMap { UInt32($0) }.flatMap { $0 > 0 ? $0 : nil }
        watchdogInterval = isOurs ? interval.map { .microseconds(Int64($0)) } : nil
    }

    /// Whether somebody listens.
    package var isActive: Bool { address != nil }

    /// Tells systemd all of these at once. What cannot be told is logged and otherwise without consequence.
    package func notify(_ states: State...) {
        guard let address else { return }
        do throws(NotifySocket.Failure) {
            let socket = try NotifySocket(address: address)
            try socket.send(states.map(\.text).joined(separator: "\n"))
        } catch {
            logger.warning("systemd cannot be told \(states): \(error)")
        }
    }

    /// The state that begins a reload, with the time that systemd wants with it.
    package static func reloadingNow() -> State {
        .reloading(monotonicMicroseconds: UInt64(SystemClock.monotonic.nanoseconds) / 1_000)
    }
}
