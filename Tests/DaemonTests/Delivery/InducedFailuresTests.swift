import AnomalyDetection
import Daemon
import Foundation
import LinearAlgebra
import Logging
import ServiceLifecycle
import Storage
import Testing

/// A thousand failures of receiver and daemon, after which everything has arrived.
struct InducedFailuresTests {
    /// What a receiver does wrong.
    private enum Fault: String, CaseIterable {
        case timeout, internalError, tooManyRequests, reset, halfHead, halfBody, unavailable
        /// The message is taken, and the answer is lost: the sender cannot know.
        case lostAnswer

        var reply: FaultyReceiver.Reply {
            switch self {
            case .timeout: .silence
            case .internalError: .status(500, body: "oops")
            case .tooManyRequests: .status(429, headers: ["Retry-After": "0"])
            case .reset, .lostAnswer: .reset
            case .halfHead: .halfHead
            case .halfBody: .halfBody(502)
            case .unavailable: .status(503)
            }
        }
    }

    /// A receiver that fails at random until it has failed often enough, and remembers what it took.
    private final class Unreliable: Sendable {
        struct State: Sendable {
            var random: RandomSource
            var failures: [Fault: Int] = [:]
            var refusals = 0
            var isDown = false
            /// For each id the bodies that came under it.
            var bodies: [String: Set<String>] = [:]
            /// For each body the ids under which it came.
            var ids: [String: Set<String>] = [:]
            var taken: Set<String> = []
            /// For each step of an alert, by fingerprint and status, the ids under which it came.
            var steps: [String: Set<String>] = [:]
            /// Steps that arrived, in the order in which they were taken first.
            var arrived: [String] = []
            var failureCount: Int { failures.values.reduce(0, +) + refusals }

            mutating func take(_ call: FaultyReceiver.Call, _ steps: [String]) {
                taken.insert(call.id)
                for step in steps where !arrived.contains(step) { arrived.append(step) }
            }
        }

        let state: Locked<State>
        private let wanted: Int

        init(seed: UInt64, failures: Int) {
            state = Locked(State(random: RandomSource(seed: seed)))
            wanted = failures
        }

        func answer(_ call: FaultyReceiver.Call) -> FaultyReceiver.Reply {
            state.withLock { state in
                state.bodies[call.id, default: []].insert(call.body)
                state.ids[call.body, default: []].insert(call.id)
                let steps = Self.steps(of: call)
                for step in steps { state.steps[step, default: []].insert(call.id) }
                // A machine that goes down resets its connections.
                if state.isDown {
                    state.refusals += 1
                    return .reset
                }
                guard state.failureCount < wanted, state.random.uniform() < 0.75 else {
                    state.take(call, steps)
                    return .status(200)
                }
                let fault = Fault.allCases[state.random.index(below: Fault.allCases.count)]
                state.failures[fault, default: 0] += 1
                if fault == .lostAnswer { state.take(call, steps) }
                return fault.reply
            }
        }

        private static func steps(of call: FaultyReceiver.Call) -> [String] {
            struct Body: Decodable { var alerts: [AlertItem] }
            let body = try? JSONDecoder().decode(Body.self, from: Data(call.body.utf8))
            return body?.alerts.map { "\($0.fingerprint) \($0.status)" } ?? []
        }
    }

    private static let alertCount: Int64 = 400
    private static let failureCount = 1_000

    private static var policy: DeliveryPolicy {
        var policy = DeliveryPolicy()
        policy.baseDelay = .milliseconds(10)
        policy.longestDelay = .milliseconds(80)
        return policy
    }

    @Test(arguments: [UInt64(1), 2])
    func `after a thousand failures every transition has arrived, each under one id`(seed: UInt64) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "harken.db").path
        let receiver = Unreliable(seed: seed, failures: Self.failureCount)
        let script: @Sendable (Int, FaultyReceiver.Call) -> FaultyReceiver.Reply = { _, call in receiver.answer(call) }
        var server = try await FaultyReceiver(script: script)
        let port = server.port

        // Some alerts begin and end in each life of the daemon, which is cut short: what is on its way then is lost. The receiver
        // goes down, too, and comes back at the same address while the daemon runs again.
        let lives: Int64 = 10
        for life in 0..<lives {
            let alerts = (life * Self.alertCount / lives + 1)...((life + 1) * Self.alertCount / lives)
            try await live(for: .milliseconds(700), path: path, port: port, raising: Array(alerts))
            receiver.state.withLock { $0.isDown = true }
            try await server.close()
            try await live(for: .milliseconds(100), path: path, port: port)
            receiver.state.withLock { $0.isDown = false }
            server = try await FaultyReceiver(port: port, script: script)
        }
        try await live(for: nil, path: path, port: port)

        let seen = receiver.state.withLock { $0 }
        print(
            "seed \(seed): failures",
            seen.failures.map { "\($0.key.rawValue) \($0.value)" }.sorted().joined(separator: ", "),
            "and \(seen.refusals) at a machine going down; \(2 * lives) restarts of the daemon")
        #expect(seen.failureCount >= Self.failureCount)
        #expect(Set(seen.failures.keys) == Set(Fault.allCases))
        // Every step of every alert arrived, under one id; most in messages with others.
        #expect(seen.arrived.count == 2 * Int(Self.alertCount))
        #expect(seen.steps.count == 2 * Int(Self.alertCount))
        #expect(seen.steps.values.allSatisfy { $0.count == 1 })
        #expect(seen.taken.count == seen.bodies.count)
        #expect(seen.bodies.count < 2 * Int(Self.alertCount))
        for end in seen.arrived.indices where seen.arrived[end].hasSuffix("resolved") {
            let beginning = seen.arrived[end].replacingOccurrences(of: "resolved", with: "firing")
            #expect(seen.arrived[..<end].contains(beginning))
        }
        #expect(seen.bodies.values.allSatisfy { $0.count == 1 })
        #expect(seen.ids.values.allSatisfy { $0.count == 1 })
        // And nothing is believed to be undelivered, or given up.
        let store = try Store.openReadOnly(path: path)
        #expect(try await store.deliveries(includingDelivered: false, limit: 10).isEmpty)
        try await server.close()
    }

    /// Opens the database, raises alerts, and runs deliveries for a while and cuts them off, or until there is nothing left to
    /// deliver.
    private func live(for duration: Duration?, path: String, port: Int, raising alerts: [Int64] = []) async throws {
        let store = try await open(path)
        // Every other alert is told of by itself, the others two by two, and end in other company than they began in.
        var beginnings: [[Int64]] = alerts.filter { $0 % 2 == 0 }.map { [$0] }
        let others = alerts.filter { $0 % 2 == 1 }
        beginnings += stride(from: 0, to: others.count, by: 2).map { Array(others[$0..<min($0 + 2, others.count)]) }
        let ends = stride(from: 0, to: alerts.count, by: 3).map { Array(alerts[$0..<min($0 + 3, alerts.count)]) }
        for (kind, groups) in [(AlertTransition.Kind.fired, beginnings), (.resolved, ends)] {
            for group in groups {
                _ = try await store.commit(.transitions(kind, of: group, to: ["ops"], at: WallClock.now()))
            }
        }
        let url = try #require(WebhookURL("http://127.0.0.1:\(port)/hook"))
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let delivery = WebhookDelivery(
            receivers: [
                WebhookReceiver(
                    name: "ops", url: url, headers: [:], timeout: .milliseconds(100), maxAge: .seconds(36_000))
            ], outbox: store, policy: Self.policy, shutdownLimit: .zero, now: WallClock.now, logger: logger)
        let group = ServiceGroup(services: [delivery], logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            if let duration {
                try await Task.sleep(for: duration)
            } else {
                try await eventually("all is delivered", limit: .seconds(300)) {
                    try await store.deliveries(includingDelivered: false, limit: 1).isEmpty
                }
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// Opens the database for writing. Unlike a process that ended, a life that was cut off within this one lets go of the
    /// database only when the last of its calls has noticed, which may be a moment later.
    private func open(_ path: String) async throws -> Store {
        var opened: Store?
        try await eventually("the last life lets go of the database") {
            do {
                opened = try Store(path: path)
            } catch StorageFailure.inUse {
                opened = nil
            }
            return opened != nil
        }
        return try #require(opened)
    }
}
