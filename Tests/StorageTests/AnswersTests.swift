import AnomalyDetection
import Foundation
import Storage
import Testing

/// What people write into the database with `sqlite3`, and what Harken reads of it.
struct AnswersTests {
    private func databaseWithAlert(resolvedAt end: Int? = nil) async throws -> (TemporaryDatabase, Store) {
        let database = try TemporaryDatabase()
        let store = try database.open()
        var commit = StoreCommit.declaring(["pump-1", "pump-2"])
        commit.detection.transitions = [AlertTransition(kind: .fired, alert: sampleAlert(resolvedAt: end))]
        try await store.commit(commit)
        return (database, store)
    }

    @Test func `feedback by plain SQL is a verdict, and the newest counts`() async throws {
        let (database, store) = try await databaseWithAlert()
        #expect(try await store.answerRevision() == 0)
        try database.execute("INSERT INTO feedback (alert_id, verdict, note) VALUES (1, 'confirmed', 'bearing')")
        let first = try await store.answers()
        #expect(first.revision == 1)
        #expect(first.verdicts.map(\.verdict) == [.confirmed])
        #expect(first.verdicts.map(\.wasJudgedFiring) == [true])
        try database.execute("INSERT INTO feedback (alert_id, verdict) VALUES (1, 'false_alarm')")
        #expect(try await store.answers().verdicts.map(\.verdict) == [.falseAlarm])
        #expect(try await store.alert(1)?.verdict == .falseAlarm)
        #expect(try database.value("SELECT verdict FROM alerts") == "false_alarm")
        #expect(
            try database.rows("SELECT id, alert_id, stream, verdict, note, author FROM feedback ORDER BY id") == [
                ["1", "1", "pump-1", "confirmed", "bearing", "person"],
                ["2", "1", "pump-1", "false_alarm", "NULL", "person"],
            ])
        try database.execute("DELETE FROM feedback WHERE id = 2")
        let last = try await store.answers()
        #expect(last.verdicts.map(\.verdict) == [.confirmed])
        #expect(last.revision == 3)
    }

    @Test(arguments: [
        (
            "INSERT INTO feedback (alert_id, verdict) VALUES (1, 'wrong')",
            "has to be false_alarm, confirmed or new_normal"
        ),
        ("INSERT INTO feedback (alert_id) VALUES (1)", "has to be false_alarm, confirmed or new_normal"),
        ("INSERT INTO feedback (alert_id, verdict) VALUES (9, 'confirmed')", "is not the id of an alert"),
        ("INSERT INTO silences (stream, ends_at) VALUES ('*', 'soon')", "silences.ends_at is not a time"),
        ("INSERT INTO silences (stream, starts_at) VALUES ('*', 1700000000)", "silences.starts_at is not a time"),
        ("INSERT INTO maintenance (stream, ends_at) VALUES ('*', '2020-01-01')", "ends_at lies before starts_at"),
    ])
    func `what makes no sense is refused with what was expected`(sql: String, message: String) async throws {
        let (database, store) = try await databaseWithAlert()
        let refusal = #expect(throws: (any Error).self) { try database.execute(sql) }
        #expect("\(String(describing: refusal))".contains(message), "\(String(describing: refusal))")
        #expect(try await store.answerRevision() == 0)
    }

    @Test func `a verdict is known to be learned when a training has begun since`() async throws {
        let (database, store) = try await databaseWithAlert()
        try database.execute("INSERT INTO feedback (alert_id, verdict) VALUES (1, 'new_normal')")
        func train(at time: Timestamp) async throws {
            try await store.insertTrainingRun(
                decision: TrainingDecision(verdict: .rejected, reason: "worse"), request: sampleRequest(),
                startedAt: time, finishedAt: time, model: nil)
        }
        try await train(at: .at(5))
        #expect(try await store.answers().verdicts.map(\.isLearned) == [false], "it began years before")
        try await train(at: Timestamp(seconds: Date.now.timeIntervalSince1970 + 1))
        #expect(try await store.answers().verdicts.map(\.isLearned) == [true])
    }

    @Test func `silences take times as people write them`() async throws {
        let (database, store) = try await databaseWithAlert()
        try database.execute(
            """
            INSERT INTO silences (stream, starts_at, ends_at, reason)
            VALUES ('pump-*', '2026-01-31T08:00:00Z', '2026-01-31 12:00', 'filters');
            INSERT INTO silences (stream, starts_at) VALUES ('pump-2', '2026-01-31T08:00:00.25+02:00');
            INSERT INTO silences (stream, ends_at) VALUES ('x', datetime('now', '+2 hours'));
            """)
        let silences = try await store.answers().silences
        #expect(silences.map(\.streams.text) == ["pump-*", "pump-2", "x"])
        #expect(silences[0].start == Timestamp(nanoseconds: 1_769_846_400_000_000_000))
        #expect(silences[0].end == Timestamp(nanoseconds: 1_769_860_800_000_000_000))
        #expect(silences[0].reason == "filters")
        #expect(silences[1].start == Timestamp(nanoseconds: 1_769_839_200_250_000_000))
        #expect(silences[1].end == nil)
        let now = Timestamp(seconds: Date.now.timeIntervalSince1970)
        #expect(silences[2].includes(now))
        let hours = try #require(silences[2].end).nanoseconds(since: now) / 3_600_000_000_000
        #expect((1...2).contains(hours))
        #expect(
            try database.rows("SELECT id, active FROM silences ORDER BY id") == [["1", "0"], ["2", "1"], ["3", "1"]])
        #expect(try database.value("SELECT starts_at FROM silences WHERE id = 2") == "2026-01-31T06:00:00.25Z")
    }

    @Test func `a silence is changed and ended by plain SQL`() async throws {
        let (database, store) = try await databaseWithAlert()
        try database.execute(
            """
            INSERT INTO maintenance (stream, starts_at, reason) VALUES ('pump-1', '2026-01-31T08:00:00.123Z', 'belt');
            UPDATE maintenance SET ends_at = '2026-01-31T09:00:00Z' WHERE id = 1;
            """)
        let changed = try await store.answers().maintenance
        #expect(changed.map(\.start) == [Timestamp(nanoseconds: 1_769_846_400_123_000_000)])
        #expect(changed.map(\.end) == [Timestamp(nanoseconds: 1_769_850_000_000_000_000)])
        #expect(changed.map(\.reason) == ["belt"])
        try database.execute("DELETE FROM maintenance")
        #expect(try await store.answers().maintenance.isEmpty)
        #expect(try await store.answerRevision() == 3)
    }

    @Test func `answers are there after the database was closed`() async throws {
        let (database, first) = try await databaseWithAlert()
        try database.execute(
            """
            INSERT INTO feedback (alert_id, verdict) VALUES (1, 'false_alarm');
            INSERT INTO silences (stream) VALUES ('*');
            """)
        let answers = try await first.answers()
        let reader = try Store.openReadOnly(path: database.path)
        #expect(try await reader.answers() == answers)
    }

    @Test func `labels say what trainings learn from and what not`() async throws {
        let (database, store) = try await databaseWithAlert(resolvedAt: 60)
        func labels() async throws -> TrainingLabels {
            try await store.trainingLabels(of: StreamID(0), from: .at(0), through: .at(100))
        }
        #expect(try await labels() == TrainingLabels())
        try database.execute("INSERT INTO feedback (alert_id, verdict) VALUES (1, 'false_alarm')")
        #expect(try await labels() == TrainingLabels(normal: [.at(10) ... .at(60)]))
        try database.execute("INSERT INTO feedback (alert_id, verdict) VALUES (1, 'confirmed')")
        #expect(try await labels() == TrainingLabels(confirmed: [.at(10) ... .at(60)]))
        try database.execute("INSERT INTO feedback (alert_id, verdict) VALUES (1, 'new_normal')")
        #expect(try await labels() == TrainingLabels(normal: [.at(10) ... .at(60)], newNormalStart: .at(10)))
        try database.execute(
            """
            INSERT INTO maintenance (stream, starts_at, ends_at) VALUES ('pump-[12]', '2023-11-14T22:14:50Z', '2030-01-01');
            INSERT INTO maintenance (stream, starts_at, ends_at) VALUES ('pump-2', '2023-11-14', '2030-01-01');
            """)
        #expect(try await labels().maintenance == [.at(90) ... .at(100)])
        #expect(try await store.trainingLabels(of: StreamID(1), from: .at(0), through: .at(50)).normal.isEmpty)
    }

    @Test func `commands say the same as SQL`() async throws {
        let (database, store) = try await databaseWithAlert()
        let writer = try AnswerWriter(path: database.path)
        #expect(try writer.judge(1, .falseAlarm, note: "test"))
        #expect(try !writer.judge(2, .falseAlarm, note: nil))
        let id = try writer.add(
            .silence, streamPattern: "pump-*", start: .at(0), end: nil, reason: nil, at: .at(0))
        #expect(
            try await store.answers().silences == [
                QuietPeriod(id: id, streamPattern: "pump-*", start: .at(0), end: nil)
            ])
        #expect(try writer.end(.silence, id, at: .at(50)))
        #expect(try !writer.end(.silence, id, at: .at(60)))
        #expect(try !writer.end(.maintenance, id, at: .at(60)))
        #expect(try await store.answers().silences.map(\.end) == [.at(50)])
    }

    @Test func `what was asked for is done once, and says what came of it`() async throws {
        let (database, store) = try await databaseWithAlert()
        let writer = try AnswerWriter(path: database.path)
        let id = try writer.ask(.retryDelivery, subject: 5, at: .at(1))
        let request = try #require(try await store.answers().requests.first)
        #expect(request == PersonRequest(id: id, action: .retryDelivery, subject: 5))
        #expect(try await store.outcome(ofRequest: id) == nil)
        try await store.finish(request, outcome: "done", at: .at(5))
        try await store.finish(request, outcome: "done again", at: .at(6))
        #expect(try await store.outcome(ofRequest: id) == "done")
        #expect(try await store.answers().requests.isEmpty)
    }

    @Test func `a message that was given up is due again, under its id, and its age counts anew`() async throws {
        let (database, store) = try await databaseWithAlert()
        var commit = StoreCommit()
        commit.outbox = [sampleMessage("m1")]
        try await store.commit(commit)
        #expect(try await store.retryDelivery(1, at: .at(100)) == .notFound)
        try await store.recordAttempt(1, outcome: .failed(status: 500, error: "HTTP 500"))
        #expect(try await store.deliveries(includingDelivered: false, limit: 5).map(\.state) == [.failed])
        #expect(try await store.retryDelivery(1, at: .at(100)) == .due(with: []))
        let due = try await store.dueDeliveries(at: .at(100), limit: 5)
        #expect(due.map(\.entry.webhookID) == ["m1"])
        #expect(due.map(\.attempts) == [0])
        #expect(due.map(\.entry.createdAt) == [.at(100)])
        #expect(try database.value("SELECT created_at FROM deliveries") == "2023-11-14T22:13:35Z")
    }

    @Test func `an alert that nobody is told of says why`() async throws {
        let (database, store) = try await databaseWithAlert()
        var commit = StoreCommit()
        commit.holdBacks[1] = .some("silence 3")
        try await store.commit(commit)
        #expect(try database.value("SELECT held_back_by FROM alerts") == "silence 3")
        #expect(try await store.heldBackAlerts().map(\.heldBackBy) == ["silence 3"])
        commit.holdBacks.updateValue(nil, forKey: 1)
        try await store.commit(commit)
        #expect(try database.value("SELECT held_back_by FROM alerts") == "NULL")
        #expect(try await store.heldBackAlerts().isEmpty)
    }

    @Test func `the ledger of a training can be read`() async throws {
        let (database, store) = try await databaseWithAlert()
        try await store.insertTrainingRun(
            decision: TrainingDecision(verdict: .promoted, reason: "good"), request: sampleRequest(), startedAt: .at(1),
            finishedAt: .at(2), model: sampleModel(),
            exclusions: [
                TrainingExclusion(reason: .alerted, times: .at(5) ... .at(9), count: 5),
                TrainingExclusion(reason: .maintenance, times: .at(20) ... .at(29), count: 10),
                TrainingExclusion(reason: .newest, times: .at(30) ... .at(39), count: 10),
            ])
        #expect(
            try database.rows(
                "SELECT training_id, stream, model_version, reason, readings, from_at FROM training_ledger")
                == [
                    ["1", "pump-1", "1", "alerted", "5", "2023-11-14T22:13:25Z"],
                    ["1", "pump-1", "1", "maintenance", "10", "2023-11-14T22:13:40Z"],
                    ["1", "pump-1", "1", "newest", "10", "2023-11-14T22:13:50Z"],
                ])
    }
}
