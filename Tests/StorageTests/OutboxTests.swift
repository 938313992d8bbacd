import AnomalyDetection
import Storage
import Testing

struct OutboxTests {
    /// A store with two alerts and these messages.
    private static func store(_ messages: [OutboxEntry]) async throws -> (TemporaryDatabase, Store) {
        let database = try TemporaryDatabase()
        let store = try database.open()
        var commit = StoreCommit.declaring(["pump", "fan"])
        commit.detection.transitions = [
            AlertTransition(kind: .fired, alert: sampleAlert(1)),
            AlertTransition(kind: .fired, alert: sampleAlert(2, stream: 1)),
        ]
        commit.outbox = messages
        try await store.commit(commit)
        return (database, store)
    }

    private static func due(_ store: Store, at second: Int) async throws -> [String] {
        try await store.dueDeliveries(at: .at(second), limit: 10).map(\.entry.webhookID)
    }

    @Test func `a message is due from its time on, the longest due first`() async throws {
        let (_, store) = try await Self.store([
            sampleMessage("late", dueAt: .at(30)), sampleMessage("early", alert: 2, dueAt: .at(20)),
        ])
        #expect(try await Self.due(store, at: 19) == [])
        #expect(try await Self.due(store, at: 20) == ["early"])
        #expect(try await Self.due(store, at: 30) == ["early", "late"])
        #expect(try await store.dueDeliveries(at: .at(30), limit: 1).count == 1)
        #expect(try await store.nextDueTime() == .at(20))
    }

    @Test func `the end of an alert waits until its beginning has been told`() async throws {
        let (_, store) = try await Self.store([
            sampleMessage("fired", dueAt: .at(20)), sampleMessage("resolved", .resolved, dueAt: .at(25)),
            sampleMessage("other", to: "mail", .resolved, dueAt: .at(26)),
        ])
        let first = try #require(try await store.dueDeliveries(at: .at(30), limit: 10).first)
        #expect(first.entry.webhookID == "fired")
        #expect(try await Self.due(store, at: 30) == ["fired", "other"])
        try await store.recordAttempt(first.id, outcome: .retry(dueAt: .at(90), status: 503, error: "unavailable"))
        #expect(try await Self.due(store, at: 30) == ["other"])
        #expect(try await store.nextDueTime(receiver: "pager") == .at(90))
        try await store.recordAttempt(first.id, outcome: .delivered(at: .at(91), status: 200))
        #expect(try await store.nextDueTime(receiver: "pager") == .at(25))
        #expect(try await Self.due(store, at: 91) == ["resolved", "other"])
    }

    @Test func `messages of one receiver, and those that are not being sent, can be asked for`() async throws {
        let (_, store) = try await Self.store([
            sampleMessage("a", dueAt: .at(20)), sampleMessage("b", to: "mail", dueAt: .at(21)),
            sampleMessage("c", alert: 2, to: "mail", dueAt: .at(22)),
        ])
        let mail = try await store.dueDeliveries(at: .at(30), receiver: "mail", limit: 10)
        #expect(mail.map(\.entry.webhookID) == ["b", "c"])
        let others = try await store.dueDeliveries(
            at: .at(30), receiver: "mail", excluding: [mail[0].id], limit: 1)
        #expect(others.map(\.entry.webhookID) == ["c"])
        #expect(try await store.nextDueTime(receiver: "mail", excluding: [mail[0].id]) == .at(22))
    }

    @Test func `attempts are counted and their outcome is kept`() async throws {
        let (database, store) = try await Self.store([
            sampleMessage("a"), sampleMessage("b", to: "mail"), sampleMessage("c", to: "chat"),
        ])
        let ids = try await store.dueDeliveries(at: .at(30), limit: 10).map(\.id)
        try await store.recordAttempt(ids[0], outcome: .retry(dueAt: .at(40), status: nil, error: "no answer"))
        #expect(try await store.dueDeliveries(at: .at(40), receiver: "pager", limit: 1).first?.attempts == 1)
        try await store.recordAttempt(ids[0], outcome: .delivered(at: .at(41), status: 204))
        try await store.recordAttempt(ids[1], outcome: .failed(status: 410, error: "gone"))
        try await store.recordAttempt(ids[2], outcome: .retry(dueAt: .at(99), status: 500, error: "oops"))
        #expect(
            try database.rows(
                "SELECT state, attempts, last_status, last_error, delivered_epoch FROM deliveries ORDER BY id")
                == [
                    ["delivered", "2", "204", "NULL", "1700000041.0"], ["failed", "1", "410", "gone", "NULL"],
                    ["pending", "1", "500", "oops", "NULL"],
                ])
        // An answer that comes after the end changes nothing.
        try await store.recordAttempt(ids[1], outcome: .delivered(at: .at(50), status: 200))
        #expect(try database.value("SELECT state FROM delivery WHERE id = \(ids[1])") == "failed")
        #expect(try await store.nextDueTime() == .at(99))
    }

    @Test func `nothing is due in an empty outbox`() async throws {
        let (_, store) = try await Self.store([])
        #expect(try await store.nextDueTime() == nil)
        #expect(try await Self.due(store, at: 1_000_000) == [])
    }
}
