import AnomalyDetection
import LinearAlgebra
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

    /// A message about several alerts.
    private static func group(_ id: String, _ alerts: [Int64], _ transition: AlertTransition.Kind = .fired)
        -> OutboxEntry
    {
        var message = sampleMessage(id)
        message.steps = alerts.map { OutboxEntry.Step(alertID: $0, transition: transition) }
        return message
    }

    @Test func `a message about several alerts waits for the earlier ones about each of them`() async throws {
        let (database, store) = try await Self.store([
            Self.group("both", [1, 2]), sampleMessage("end", alert: 2, .resolved),
            sampleMessage("other", alert: 2, to: "mail", .resolved),
        ])
        #expect(try await Self.due(store, at: 30) == ["both", "other"])
        let due = try await store.dueDeliveries(at: .at(30), receiver: "pager", limit: 9)
        #expect(due.map { $0.entry.steps.map(\.alertID) } == [[1, 2]])
        try await store.recordAttempt(due[0].id, outcome: .delivered(at: .at(31), status: 200))
        #expect(try await Self.due(store, at: 31) == ["end", "other"])
        #expect(
            try database.rows("SELECT id, alert_id, stream, transition, state FROM deliveries ORDER BY id, alert_id")
                == [
                    ["1", "1", "pump", "fired", "delivered"], ["1", "2", "fan", "fired", "delivered"],
                    ["2", "2", "fan", "resolved", "pending"], ["3", "2", "fan", "resolved", "pending"],
                ])
        let records = try await store.deliveries(includingDelivered: true, limit: 9)
        #expect(records.map { $0.steps.map(\.streamName) } == [["fan"], ["fan"], ["pump", "fan"]])
    }

    @Test func `what waits for its message is there after a restart, and is in one message only`() async throws {
        let (database, store) = try await Self.store([])
        var commit = StoreCommit()
        commit.notices = [sampleNotice(), sampleNotice(alert: 2), sampleNotice(to: "mail", isForDigest: true)]
        try await store.commit(commit)
        #expect(
            try database.rows("SELECT state FROM deliveries ORDER BY alert_id, receiver").map { $0[0] }
                == ["digest", "grouping", "grouping"])
        var saved = try await store.savedNotices(since: .at(0))
        #expect(saved.waiting == commit.notices)
        #expect(saved.begun == commit.notices)
        #expect(saved.moments.isEmpty)
        var later = StoreCommit()
        later.outbox = [Self.group("both", [1, 2])]
        try await store.commit(later)
        // The same once more, as after a crash that it was not known of: nothing is told under a second id.
        later.outbox = [sampleMessage("again")]
        try await store.commit(later)
        saved = try await store.savedNotices(since: .at(0))
        #expect(saved.waiting == [commit.notices[2]])
        #expect(saved.begun.map(\.alertID) == [1, 2, 1])
        #expect(saved.begun.map(\.labels) == commit.notices.map(\.labels))
        #expect(saved.moments == [.at(15)])
        #expect(try await store.savedNotices(since: .at(15)).moments.isEmpty)
        #expect(try database.rows("SELECT delivery_id FROM notice ORDER BY id").map { $0[0] } == ["1", "1", "NULL"])
    }

    @Test func `a beginning is not sent again once the receiver knows of the end`() async throws {
        let (_, store) = try await Self.store([Self.group("both", [1, 2]), sampleMessage("end", alert: 2, .resolved)])
        try await store.recordAttempt(1, outcome: .failed(status: 500, error: "HTTP 500"))
        try await store.recordAttempt(2, outcome: .delivered(at: .at(31), status: 200))
        #expect(try await store.retryDelivery(1, at: .at(40)) == .ended([2]))
        #expect(try await Self.due(store, at: 40) == [])
    }

    @Test func `with a beginning that is sent again goes the end that was given up too`() async throws {
        let (_, store) = try await Self.store([Self.group("both", [1, 2]), sampleMessage("end", alert: 2, .resolved)])
        try await store.recordAttempt(1, outcome: .failed(status: 500, error: "HTTP 500"))
        #expect(try await store.retryDelivery(1, at: .at(40)) == .due(with: []))
        for id in [Int64(1), 2] { try await store.recordAttempt(id, outcome: .failed(status: 500, error: "HTTP 500")) }
        #expect(try await store.retryDelivery(1, at: .at(50)) == .due(with: [2]))
        #expect(try await Self.due(store, at: 50) == ["both"])
        #expect(try await store.retryDelivery(2, at: .at(50)) == .notFound)
    }

    @Test(arguments: UInt64(1)...200) func `the rules' patterns match what SQLite's GLOB matches`(seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        let database = try TemporaryDatabase()
        try Store.migrate(path: database.path)
        func text(_ alphabet: [Character], upTo length: Int) -> String {
            String((0..<random.index(below: length + 1)).map { _ in alphabet[random.index(below: alphabet.count)] })
        }
        for _ in 0..<50 {
            let (pattern, name) = (text(Array("ab-*?[]^"), upTo: 7), text(Array("ab-]"), upTo: 5))
            let expected = try database.value("SELECT '\(name)' GLOB '\(pattern)'")
            #expect(GlobPattern(pattern).matches(name) == (expected == "1"), "\(pattern) on \(name)")
        }
    }
}
