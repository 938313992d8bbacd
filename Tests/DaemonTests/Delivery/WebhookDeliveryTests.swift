import AnomalyDetection
import Daemon
import Foundation
import Logging
import ServiceLifecycle
import Storage
import Testing

struct WebhookDeliveryTests {
    /// Short waits, so that a test with many attempts does not take minutes.
    private static var policy: DeliveryPolicy {
        var policy = DeliveryPolicy()
        policy.baseDelay = .milliseconds(20)
        policy.longestDelay = .milliseconds(200)
        return policy
    }

    private static var quiet: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    /// A real database in a directory of its own, and what is to be delivered from it.
    private struct Bench {
        var store: Store
        var directory: URL

        init() throws {
            directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            store = try Store(path: directory.appending(path: "harken.db").path)
        }

        func commit(_ kind: AlertTransition.Kind, of id: Int64, to receivers: [String]) async throws {
            _ = try await store.commit(.transition(kind, of: id, to: receivers, at: WallClock.now()))
        }

        /// What is pending for a receiver, whether it is due or not.
        func pendingCount(_ receiver: String) async throws -> Int {
            try await store.dueDeliveries(at: Timestamp(nanoseconds: .max), receiver: receiver, limit: 1_000).count
        }
    }

    private func receiver(
        _ name: String, port: Int, secrets: [WebhookSecret] = [], timeout: Duration = .seconds(10),
        maxAge: Duration = .seconds(3_600)
    )
        throws -> WebhookReceiver
    {
        let url = try #require(WebhookURL("http://127.0.0.1:\(port)/hook"))
        return WebhookReceiver(
            name: name, url: url, headers: ["X-Key": "k"], secrets: secrets, timeout: timeout, maxAge: maxAge)
    }

    /// Runs the service while `body` runs, and then stops it gracefully.
    private func withDelivery(
        to receivers: [WebhookReceiver], from outbox: any OutboxStore, shutdownLimit: Duration = .seconds(5),
        _ body: (WebhookDelivery) async throws -> Void
    ) async throws {
        let delivery = WebhookDelivery(
            receivers: receivers, outbox: outbox, policy: Self.policy, shutdownLimit: shutdownLimit,
            now: WallClock.now, logger: Self.quiet)
        let group = ServiceGroup(services: [delivery], logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body(delivery)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test(.enabled(if: StandardWebhooksPeer.isAvailable, Comment(rawValue: StandardWebhooksPeer.absence)))
    func `each try is signed so that the standard's own library takes it, during a change of secrets too`() async throws
    {
        let bench = try Bench()
        let texts = [1, 2, 3].map { "whsec_" + Data(repeating: $0, count: 32).base64EncodedString() }
        let secrets = try texts.prefix(2).map { try #require(WebhookSecret($0)) }
        let server = try await FaultyReceiver { number, _ in .status(number == 0 ? 503 : 200) }
        try await bench.commit(.fired, of: 1, to: ["ops"])
        try await withDelivery(to: [receiver("ops", port: server.port, secrets: secrets)], from: bench.store) { _ in
            try await eventually("it is tried again") { server.calls.count == 2 }
        }
        #expect(Set(server.calls.map(\.id)).count == 1)
        for text in texts.prefix(2) {
            #expect(try StandardWebhooksPeer.verify(server.calls, secret: text) == [nil, nil])
        }
        // What was changed on its way, or signed by somebody else, is not taken.
        var changed = server.calls
        for index in changed.indices { changed[index].body += " " }
        #expect(try StandardWebhooksPeer.verify(changed, secret: texts[0]).count { $0 == nil } == 0)
        #expect(try StandardWebhooksPeer.verify(server.calls, secret: texts[2]).count { $0 == nil } == 0)
    }

    @Test func `without a secret nothing is signed`() async throws {
        let bench = try Bench()
        let server = try await FaultyReceiver { _, _ in .status(200) }
        try await bench.commit(.fired, of: 1, to: ["ops"])
        try await withDelivery(to: [receiver("ops", port: server.port)], from: bench.store) { _ in
            try await eventually("the call comes") { server.calls.count == 1 }
        }
        #expect(server.calls.map { $0.headers["webhook-signature"] } == [nil])
    }

    @Test(.enabled(if: SchemaPeer.isAvailable, Comment(rawValue: SchemaPeer.absence)))
    func `what is really posted is valid by the published schema, and has its headers`() async throws {
        let bench = try Bench()
        let server = try await FaultyReceiver { _, _ in .status(200) }
        try await bench.commit(.fired, of: 1, to: ["ops"])
        try await bench.commit(.resolved, of: 1, to: ["ops"])
        try await withDelivery(to: [receiver("ops", port: server.port)], from: bench.store) { _ in
            try await eventually("both calls come") { server.calls.count == 2 }
        }
        let errors = try SchemaPeer.validate(
            server.calls.map(\.body), schema: "alert-webhook.schema.json", format: "json")
        #expect(errors == [nil, nil])
        #expect(server.calls.map(\.isResolved) == [false, true])
        for call in server.calls {
            #expect(call.path == "/hook")
            #expect(call.headers["content-type"] == "application/json")
            #expect(call.headers["x-key"] == "k")
            #expect(call.id.hasPrefix("msg_"))
            let sentAt = try #require(call.headers["webhook-timestamp"].flatMap { Int64($0) })
            #expect(abs(sentAt - WallClock.now().nanoseconds / 1_000_000_000) < 600)
        }
        #expect(try await bench.pendingCount("ops") == 0)
        try await server.close()
    }

    @Test(arguments: [
        FaultyReceiver.Reply.status(500, body: "oops"), .status(429, headers: ["Retry-After": "0"]), .reset, .silence,
        .halfHead, .status(404), .status(302, headers: ["Location": "/other"]), .halfBody(503),
    ])
    func `a failing receiver gets the call again, under the same id, until it takes it`(fault: FaultyReceiver.Reply)
        async throws
    {
        let bench = try Bench()
        let server = try await FaultyReceiver { number, _ in number < 3 ? fault : .status(204) }
        try await bench.commit(.fired, of: 1, to: ["ops"])
        let receiver = try receiver("ops", port: server.port, timeout: .milliseconds(200))
        try await withDelivery(to: [receiver], from: bench.store) { _ in
            try await eventually("the message is delivered") { try await bench.pendingCount("ops") == 0 }
        }
        #expect(server.calls.count == 4)
        #expect(Set(server.calls.map(\.id)).count == 1)
        #expect(Set(server.calls.map(\.path)) == ["/hook"])
        #expect(Set(server.calls.map(\.body)).count == 1)
        try await server.close()
    }

    @Test func `an answer that breaks off after a good status counts as delivered`() async throws {
        let bench = try Bench()
        let server = try await FaultyReceiver { _, _ in .halfBody(200) }
        try await bench.commit(.fired, of: 1, to: ["ops"])
        try await withDelivery(to: [receiver("ops", port: server.port)], from: bench.store) { _ in
            try await eventually("the message is delivered") { try await bench.pendingCount("ops") == 0 }
        }
        #expect(server.calls.count == 1)
        try await server.close()
    }

    @Test func `Retry-After is waited for`() async throws {
        let bench = try Bench()
        let server = try await FaultyReceiver { number, _ in
            number == 0 ? .status(429, headers: ["Retry-After": "2"]) : .status(200)
        }
        try await bench.commit(.fired, of: 1, to: ["ops"])
        let start = ContinuousClock.now
        try await withDelivery(to: [receiver("ops", port: server.port)], from: bench.store) { _ in
            try await eventually("the message is delivered") { try await bench.pendingCount("ops") == 0 }
        }
        // Our own waits are at most 20 ms before the second attempt.
        #expect(ContinuousClock.now - start >= .seconds(1.9))
        try await server.close()
    }

    @Test func `a receiver that is down at the start gets everything once it is up`() async throws {
        let bench = try Bench()
        let placeholder = try await FaultyReceiver { _, _ in .status(200) }
        let port = placeholder.port
        try await placeholder.close()
        for id in Int64(1)...5 { try await bench.commit(.fired, of: id, to: ["ops"]) }
        try await withDelivery(to: [receiver("ops", port: port)], from: bench.store) { delivery in
            try await eventually("an attempt is noted") {
                let due = try await bench.store.dueDeliveries(
                    at: Timestamp(nanoseconds: .max), receiver: "ops", limit: 10)
                return due.contains { $0.attempts > 0 }
            }
            // More comes while it is down.
            for id in Int64(1)...5 { try await bench.commit(.resolved, of: id, to: ["ops"]) }
            delivery.wake()
            let server = try await FaultyReceiver(port: port) { _, _ in .status(200) }
            try await eventually("all is delivered") { try await bench.pendingCount("ops") == 0 }
            #expect(server.calls.count == 10)
            #expect(Set(server.calls.map(\.id)).count == 10)
            try await server.close()
        }
    }

    @Test func `the beginning of an alert is told before its end, even when the beginning fails at first`() async throws
    {
        let bench = try Bench()
        let failures = Locked<[String: Int]>([:])
        let server = try await FaultyReceiver { _, call in
            let count = failures.withLock { failures in
                failures[call.id, default: 0] += 1
                return failures[call.id, default: 0]
            }
            return count <= 2 && !call.isResolved ? .status(503) : .status(200)
        }
        for id in Int64(1)...8 {
            try await bench.commit(.fired, of: id, to: ["ops"])
            try await bench.commit(.resolved, of: id, to: ["ops"])
        }
        try await withDelivery(to: [receiver("ops", port: server.port)], from: bench.store) { _ in
            try await eventually("all is delivered") { try await bench.pendingCount("ops") == 0 }
        }
        #expect(server.calls.count == 32)
        let starts = server.calls.map {
            ($0.body.firstMatch(of: #/"startsAt":"([^"]*)"/#)?.output.1 ?? "", $0.isResolved)
        }
        for start in Set(starts.map(\.0)) {
            #expect(starts.filter { $0.0 == start }.map(\.1) == [false, false, false, true])
        }
        try await server.close()
    }

    @Test func `a receiver that hangs does not hold up another`() async throws {
        let bench = try Bench()
        let hanging = try await FaultyReceiver { _, _ in .silence }
        let quick = try await FaultyReceiver { _, _ in .status(200) }
        for id in Int64(1)...20 { try await bench.commit(.fired, of: id, to: ["hanging", "quick"]) }
        let receivers = [
            try receiver("hanging", port: hanging.port, timeout: .seconds(600)),
            try receiver("quick", port: quick.port),
        ]
        try await withDelivery(to: receivers, from: bench.store, shutdownLimit: .milliseconds(50)) { _ in
            try await eventually("the quick one has all") { try await bench.pendingCount("quick") == 0 }
            #expect(try await bench.pendingCount("hanging") == 20)
            #expect(hanging.calls.count <= 4)
        }
        // What was on its way when the daemon stopped is not counted as an attempt, and stays.
        let left = try await bench.store.dueDeliveries(at: WallClock.now(), receiver: "hanging", limit: 100)
        #expect(left.count == 20)
        #expect(left.allSatisfy { $0.attempts == 0 })
        try await hanging.close()
        try await quick.close()
    }

    @Test func `a receiver that is gone gets nothing more, and keeps what waits for a restart`() async throws {
        let bench = try Bench()
        let server = try await FaultyReceiver { _, _ in .status(410) }
        try await bench.commit(.fired, of: 1, to: ["ops"])
        try await withDelivery(to: [receiver("ops", port: server.port)], from: bench.store) { delivery in
            try await eventually("the message has failed") { try await bench.pendingCount("ops") == 0 }
            try await bench.commit(.fired, of: 2, to: ["ops"])
            delivery.wake()
            try await Task.sleep(for: .milliseconds(300))
            #expect(server.calls.count == 1)
        }
        #expect(server.calls.count == 1)
        #expect(try await bench.pendingCount("ops") == 1)
        try await server.close()
    }

    @Test func `a message that stays undeliverable is given up`() async throws {
        let bench = try Bench()
        let server = try await FaultyReceiver { _, _ in .status(500) }
        try await bench.commit(.fired, of: 1, to: ["ops"])
        let receiver = try receiver("ops", port: server.port, maxAge: .seconds(20))
        try await withDelivery(to: [receiver], from: bench.store) { _ in
            try await eventually("the message is given up") { try await bench.pendingCount("ops") == 0 }
        }
        #expect(server.calls.count > 1)
        try await server.close()
    }

    @Test func `new messages are sent when the service is woken, not at the next look`() async throws {
        let bench = try Bench()
        let server = try await FaultyReceiver { _, _ in .status(200) }
        try await withDelivery(to: [receiver("ops", port: server.port)], from: bench.store) { delivery in
            for id in Int64(1)...3 {
                // With nothing in the outbox the service looks once a minute.
                try await Task.sleep(for: .milliseconds(50))
                try await bench.commit(.fired, of: id, to: ["ops"])
                delivery.wake()
                try await eventually("message \(id) comes", limit: .seconds(30)) { server.calls.count == Int(id) }
            }
        }
        try await server.close()
    }

    @Test func `what was committed right before the stop is still sent`() async throws {
        let bench = try Bench()
        let server = try await FaultyReceiver { _, _ in .after(.milliseconds(100), status: 200) }
        try await withDelivery(to: [receiver("ops", port: server.port)], from: bench.store) { _ in
            try await Task.sleep(for: .milliseconds(50))
            for id in Int64(1)...10 { try await bench.commit(.fired, of: id, to: ["ops"]) }
        }
        #expect(server.calls.count == 10)
        #expect(try await bench.pendingCount("ops") == 0)
        try await server.close()
    }

    /// An outbox that cannot be written for a while.
    private struct StubbornOutbox: OutboxStore {
        let store: Store
        let failuresLeft = Locked(3)

        func dueDeliveries(
            at time: Timestamp, receiver: String?, excluding excluded: Set<Int64>, limit: Int
        ) async throws(StorageFailure) -> [Delivery] {
            try await store.dueDeliveries(at: time, receiver: receiver, excluding: excluded, limit: limit)
        }

        func nextDueTime(receiver: String?, excluding excluded: Set<Int64>) async throws(StorageFailure) -> Timestamp? {
            try await store.nextDueTime(receiver: receiver, excluding: excluded)
        }

        func recordAttempt(_ id: Int64, outcome: DeliveryOutcome) async throws(StorageFailure) {
            let isFailing = failuresLeft.withLock { count in
                count -= 1
                return count >= 0
            }
            if isFailing { throw .missing(path: "harken.db") }
            try await store.recordAttempt(id, outcome: outcome)
        }
    }

    @Test func `a message is not sent twice because the outbox could not be written`() async throws {
        let bench = try Bench()
        let server = try await FaultyReceiver { _, _ in .status(200) }
        try await bench.commit(.fired, of: 1, to: ["ops"])
        let outbox = StubbornOutbox(store: bench.store)
        try await withDelivery(to: [receiver("ops", port: server.port)], from: outbox) { _ in
            try await eventually("the outcome is stored") { try await bench.pendingCount("ops") == 0 }
        }
        #expect(server.calls.count == 1)
        try await server.close()
    }

    @Test func `without receivers the service waits for the end`() async throws {
        let bench = try Bench()
        try await withDelivery(to: [], from: bench.store) { _ in try await Task.sleep(for: .milliseconds(20)) }
    }
}
