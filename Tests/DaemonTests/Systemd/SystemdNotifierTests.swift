import Daemon
import Logging
import ServiceLifecycle
import Synchronization
import Testing

struct SystemdNotifierTests {
    private static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    private func notifier(_ environment: [String: String]) -> SystemdNotifier {
        SystemdNotifier(environment: environment, processID: 42, logger: Self.quiet)
    }

    @Test(arguments: [false, true])
    func `systemd hears each state, at a path and at an abstract name`(isAbstract: Bool) throws {
        let listener = try NotifyListener(isAbstract: isAbstract)
        let notifier = notifier(["NOTIFY_SOCKET": listener.address])
        #expect(notifier.isActive)
        notifier.notify(.ready, .status("3 streams\nSTOPPING=1"))
        #expect(try listener.receive() == "READY=1\nSTATUS=3 streams STOPPING=1")
        notifier.notify(.reloading(monotonicMicroseconds: 7))
        #expect(try listener.receive() == "RELOADING=1\nMONOTONIC_USEC=7")
        notifier.notify(.stopping)
        #expect(try listener.receive() == "STOPPING=1")
        notifier.notify(.watchdog)
        #expect(try listener.receive() == "WATCHDOG=1")
    }

    @Test func `the time of a reload is that of the monotonic clock`() throws {
        guard case .reloading(let first) = SystemdNotifier.reloadingNow(),
            case .reloading(let second) = SystemdNotifier.reloadingNow()
        else {
            Issue.record("not a reload")
            return
        }
        #expect(first > 0 && second >= first)
    }

    @Test(arguments: [
        [:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "/nonexistent/socket"], ["NOTIFY_SOCKET": "relative"],
        ["NOTIFY_SOCKET": "@"], ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)],
    ])
    func `where nobody listens nothing happens`(environment: [String: String]) {
        notifier(environment).notify(.ready)
    }

    @Test func `the watchdog's interval counts for the process that it names`() {
        #expect(notifier(["WATCHDOG_USEC": "30000000"]).watchdogInterval == .seconds(30))
        #expect(notifier(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"]).watchdogInterval == .seconds(30))
        #expect(notifier(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "43"]).watchdogInterval == nil)
        #expect(notifier(["WATCHDOG_USEC": "0"]).watchdogInterval == nil)
        #expect(notifier(["WATCHDOG_USEC": "soon"]).watchdogInterval == nil)
        #expect(notifier([:]).watchdogInterval == nil)
    }

    @Test func `a judge finds work that waits while nothing moves`() {
        let looks: [(progress: UInt64, isIdle: Bool, isAlive: Bool)] = [
            (0, false, true), (0, false, false), (0, true, true), (1, false, true), (1, false, false), (2, false, true),
        ]
        var judge = WatchdogJudge()
        for look in looks {
            let verdict = judge.isAlive(progress: look.progress, isIdle: look.isIdle)
            #expect(verdict == look.isAlive, "\(look)")
        }
    }

    @Test func `the watchdog is fed while there is nothing to do or something is done, and not while all hangs`()
        async throws
    {
        let listener = try NotifyListener(isAbstract: true)
        let notifier = notifier(["NOTIFY_SOCKET": listener.address, "WATCHDOG_USEC": "40000"])
        let progress = ProgressCounter()
        let idle = IdleFlag()
        let feeder = WatchdogFeeder(
            notifier: notifier, progress: progress, isIdle: { idle.value.load(ordering: .relaxed) }, logger: Self.quiet)
        let group = ServiceGroup(services: [feeder], logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            for _ in 0..<3 {
                try await eventually("a sign of life") { listener.hasMore }
                #expect(try listener.receive() == "WATCHDOG=1")
            }
            idle.value.store(false, ordering: .relaxed)
            // One look may have been under way, and one sees the last progress for the first time.
            try await Task.sleep(for: .milliseconds(100))
            while listener.hasMore { _ = try listener.receive() }
            try await Task.sleep(for: .milliseconds(100))
            #expect(!listener.hasMore)
            progress.advance()
            try await eventually("a sign of life") { listener.hasMore }
            #expect(try listener.receive() == "WATCHDOG=1")
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private final class IdleFlag: Sendable {
        let value = Atomic(true)
    }
}
