import AnomalyDetection
import Foundation
import Storage
import Testing

/// The view `why_not`, and what `harken explain --stream --at` asks of it.
struct WhyNotTests {
    /// A stream that warms up for ten readings and is scored afterwards.
    private static func store() async throws -> (TemporaryDatabase, Store) {
        let database = try TemporaryDatabase()
        let store = try database.open()
        var commit = StoreCommit.declaring(["pump"])
        for second in 0..<10 { commit.add(at: .at(second), [1, 2]) }
        try await store.commit(commit)
        var request = sampleRequest()
        request.effectiveFromReading = 10
        let model = try await store.insertTrainingRun(
            decision: TrainingDecision(verdict: .promoted, reason: "first"), request: request, startedAt: .at(1),
            finishedAt: .at(2), model: sampleModel())
        try await store.markLive(model)
        var scored = StoreCommit()
        func add(_ second: Int, _ score: Float, _ restraint: AlertRestraint? = nil) {
            scored.add(
                at: .at(second), [1, 2], score: score, modelID: model, threshold: 3.5, restraint: restraint)
        }
        add(10, 1.75)
        add(11, 0.5)
        add(12, 4, .pending)
        add(13, 4, .pending)
        add(14, 0.25)
        add(15, 3, .budget)
        add(16, 3, .youngModel)
        add(17, .nan, .missingData)
        add(18, 0.5, .missingData)
        for second in 20...30 { add(second, 5, second < 23 ? .pending : nil) }
        add(31, 5, .coolDown)
        for second in 40...50 { add(second, 6) }
        for second in 60...70 { add(second, 6) }
        add(80, 6, .falseAlarm)
        scored.detection.transitions = [
            AlertTransition(kind: .resolved, alert: sampleAlert(1, from: 20, resolvedAt: 30)),
            AlertTransition(kind: .resolved, alert: sampleAlert(2, from: 40, resolvedAt: 50)),
            AlertTransition(kind: .resolved, alert: sampleAlert(3, from: 60, resolvedAt: 70)),
        ]
        scored.holdBacks = [2: "silence 4", 3: "maintenance 5"]
        try await store.commit(scored)
        return (database, store)
    }

    @Test(arguments: [
        (3, "warm_up", "the stream had no model yet: it needed 6 more readings"),
        (8, "warm_up", "the stream had no model yet: it needed 1 more reading"),
        (9, "warm_up", "the stream's first model was in training"),
        (10, "below_threshold", "the score of 1.75 is below the threshold of 3.50"),
        (11, "below_threshold", "the score of 0.50 is below the threshold of 3.50"),
        (13, "pending", "for 1 s"), (15, "budget", "alerts.false_alarms"), (16, "young_model", "less than two days"),
        (17, "missing_data", "no score"), (18, "missing_data", "could not see"),
        (21, "part_of_alert", "alert 1, which fired at 2023-11-14T22:13:43Z"), (30, "part_of_alert", "alert 1"),
        (31, "cool_down", "alert 1 was not ended yet"), (45, "silence", "silence 4"),
        (65, "maintenance", "maintenance 5"),
        (80, "false_alarm", "somebody called"),
    ]) func `every rule is told with its reading`(second: Int, reason: String, detail: String) async throws {
        let (_, store) = try await Self.store()
        let record = try #require(try await store.whyNot(stream: "pump", at: .at(second)))
        #expect(record.time == .at(second))
        #expect(record.reason == reason)
        #expect(record.detail.contains(detail), "\(record.detail)")
    }

    @Test func `the newest reading at or before a time is told of`() async throws {
        let (_, store) = try await Self.store()
        #expect(try await store.whyNot(stream: "pump", at: .at(19))?.time == .at(18))
        #expect(try await store.whyNot(stream: "pump", at: .at(100_000))?.time == .at(80))
        #expect(try await store.whyNot(stream: "pump", at: .at(-1)) == nil)
        #expect(try await store.whyNot(stream: "fan", at: .at(10)) == nil)
        #expect(try await store.nextReadingTime(of: StreamID(0), after: .at(18)) == .at(20))
    }

    @Test func `the threshold is stored where the score is near it, and told for all readings`() async throws {
        let (database, store) = try await Self.store()
        #expect(
            try database.rows("SELECT threshold FROM scores WHERE reading_epoch - 1700000000 BETWEEN 10 AND 12")
                == [["3.5"], ["NULL"], ["3.5"]])
        #expect(try await store.whyNot(stream: "pump", at: .at(14))?.threshold == 3.5)
        #expect(try await store.whyNot(stream: "pump", at: .at(5))?.threshold == nil)
    }

    @Test func `the sqlite3 shell reads the view`() async throws {
        let (database, _) = try await Self.store()
        let answer = try Shell(database.path).run(
            """
            SELECT time_ns / 1000000000 - 1700000000, reason, alert_id FROM why_not
            WHERE stream = 'pump' AND reading_epoch >= 1700000045 ORDER BY time_ns LIMIT 1;
            """)
        #expect(answer == "45|silence|2")
    }

    @Test func `a stream without a model counts what it still needs`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        var commit = StoreCommit.declaring(["fan"])
        for second in 0..<10 { commit.add(at: .at(second), [1, 2]) }
        commit.states[StreamID(0)] = StreamState(
            status: StreamStatus(phase: .warmingUp, readings: 10, readingsNeeded: 390), bytes: [])
        try await store.commit(commit)
        let record = try #require(try await store.whyNot(stream: "fan", at: .at(9)))
        #expect(record.detail == "the stream had no model yet: it needed 390 more readings")
    }

    @Test func `an alert keeps what was said of it, and the view says what would clear it`() async throws {
        let (database, store) = try await Self.store()
        #expect(try await store.alert(1)?.alert == sampleAlert(1, from: 20, resolvedAt: 30))
        #expect(
            try database.rows(
                """
                SELECT unit_change, clearing_threshold, clears_when, window_readings, missing_readings, adapts_at
                FROM alerts WHERE id = 1
                """) == [
                    [
                        "x1000", "2.5", "the score stays below 2.50: temperature back within 58 to 62.5", "64", "3",
                        "2023-11-15T22:13:40Z",
                    ]
                ])
    }
}
