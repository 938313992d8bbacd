import AnomalyDetection
import Foundation
import Storage
import Testing

struct CommitTests {
    /// A commit with something of everything.
    private static func everything(score: Float = 1.5) -> StoreCommit {
        var commit = StoreCommit.declaring(["pump", "fan"])
        for second in 0..<20 { commit.add(at: .at(second), [Double(second), 0.5], score: score) }
        commit.add(1, at: .at(0), [1, 2])
        commit.detection.transitions = [AlertTransition(kind: .fired, alert: sampleAlert())]
        commit.notices = [sampleNotice()]
        commit.outbox = [sampleMessage("one")]
        commit.detection.ruleHolds = [
            .init(
                stream: StreamID(0), startedAt: .at(3), through: .at(9), channel: "a", rule: "ignore", peakScore: 4)
        ]
        commit.states = [
            StreamID(0): StreamState(
                status: StreamStatus(
                    phase: .scoring, readings: 20, readingsNeeded: 0, threshold: 5.25, isThresholdProvisional: true,
                    detail: "scoring"),
                bytes: [1, 2, 3]),
            StreamID(1): StreamState(
                status: StreamStatus(phase: .warmingUp, readings: 1, readingsNeeded: 399, detail: "warming up"),
                bytes: []),
        ]
        commit.positions = [InputPosition(source: "stdin", position: 4_096, updatedAt: .at(21))]
        commit.losses = [IngestLoss(time: .at(21), source: "udp", reason: "bad_number", count: 3, sample: "a,b")]
        return commit
    }

    /// The number of rows in every table.
    private static func counts(_ database: TemporaryDatabase) throws -> [String: String] {
        var counts: [String: String] = [:]
        for table in [
            "stream", "channel", "reading", "alert", "notice", "rule_hold", "delivery", "stream_state",
            "input_position", "loss", "model",
            "training_run",
        ] {
            counts[table] = try database.value("SELECT count(*) FROM \(table)")
        }
        return counts
    }

    @Test func `settled scores are stored beside the live ones, with the reading or later`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        var commit = StoreCommit.declaring(["pump"])
        for second in 0..<4 { commit.add(at: .at(second), [Double(second)], score: 1.5) }
        commit.detection.settled = [
            .init(stream: StreamID(0), time: .at(0), score: 0.25, row: 0),
            .init(stream: StreamID(0), time: .at(1), score: 0.5, row: 1),
        ]
        try await store.commit(commit)
        var later = StoreCommit()
        later.add(at: .at(4), [4], score: 1.5)
        later.detection.settled = [
            .init(stream: StreamID(0), time: .at(1), score: 0.75),
            .init(stream: StreamID(0), time: .at(2), score: 2.5),
            .init(stream: StreamID(0), time: .at(4), score: 4.5, row: 0),
        ]
        try await store.commit(later)
        let history = try await store.recentReadings(of: StreamID(0), limit: 10)
        #expect(history.scores == [1.5, 1.5, 1.5, 1.5, 1.5])
        #expect(history.settledScores.map { $0.isNaN ? -1 : $0 } == [0.25, 0.75, 2.5, -1, 4.5])
        let shown = try database.rows("SELECT score, settled FROM scores ORDER BY time_ns")
        #expect(shown == [["1.5", "0.25"], ["1.5", "0.75"], ["1.5", "2.5"], ["1.5", "NULL"], ["1.5", "4.5"]])
    }

    @Test func `what was committed is there after opening again`() async throws {
        let database = try TemporaryDatabase()
        let commit = Self.everything()
        try await database.open().commit(commit)
        let store = try database.open()
        let state = try await store.savedState()
        #expect(state.streams == commit.streams)
        #expect(state.states == commit.states)
        #expect(state.positions == commit.positions)
        #expect(state.openAlerts == [sampleAlert()])
        #expect(state.nextAlertID == 2)
        let history = try await store.recentReadings(of: StreamID(0), limit: 100)
        #expect(history.times == (0..<20).map { .at($0) })
        #expect(history.scores == [Float](repeating: 1.5, count: 20))
        #expect(try await store.dueDeliveries(at: .at(20), limit: 9).map(\.entry) == commit.outbox)
        #expect(
            try database.rows("SELECT hour_at, source, reason, count, first_sample FROM ingest_loss")
                == [["2023-11-14T22:00:00Z", "udp", "bad_number", "3", "a,b"]])
    }

    @Test(arguments: [
        "reading", "alert", "notice", "rule_hold", "delivery", "stream_state", "input_position", "loss", "stream",
        "channel",
    ]) func `a commit that fails in any table leaves nothing behind, and works later`(table: String) async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        let before = try Self.counts(database)
        // The last row of each table is the one that fails, so that there is something to be undone.
        let rowCount = ["reading": 21, "stream_state": 2, "stream": 2, "channel": 4][table] ?? 1
        try database.execute(
            """
            CREATE TRIGGER fault BEFORE INSERT ON \(table) WHEN (SELECT count(*) FROM \(table)) >= \(rowCount - 1)
            BEGIN SELECT raise(ABORT, 'injected fault'); END
            """)
        let failure = await #expect(throws: StorageFailure.self) { try await store.commit(Self.everything()) }
        #expect(failure == .refused(path: database.path, cause: "injected fault"))
        #expect(try Self.counts(database) == before)
        try database.execute("DROP TRIGGER fault")
        #expect(
            try await store.commit(Self.everything()) == CommitSummary(insertedReadings: 21, duplicateReadings: 0))
    }

    @Test(arguments: ["FAIL", "ROLLBACK"]) func `a fault of any severity is undone whole`(severity: String) async throws
    {
        let database = try TemporaryDatabase()
        let store = try database.open()
        let before = try Self.counts(database)
        try database.execute(
            """
            CREATE TRIGGER fault BEFORE INSERT ON reading WHEN NEW.time_ns >= \(Timestamp.at(10).nanoseconds)
            BEGIN SELECT raise(\(severity), 'injected fault'); END
            """)
        await #expect(throws: StorageFailure.self) { try await store.commit(Self.everything()) }
        #expect(try Self.counts(database) == before)
        try database.execute("DROP TRIGGER fault")
        try await store.commit(Self.everything())
    }

    @Test func `a reading that is stored already is left out and counted`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        #expect(try await store.commit(Self.everything(score: 1.5)).duplicateReadings == 0)
        var again = Self.everything(score: 9)
        again.add(at: .at(20), [7, 7], score: 9)
        #expect(try await store.commit(again) == CommitSummary(insertedReadings: 1, duplicateReadings: 21))
        let history = try await store.recentReadings(of: StreamID(0), limit: 100)
        #expect(history.scores == [Float](repeating: 1.5, count: 20) + [9])
        #expect(try Self.counts(database)["delivery"] == "1")
    }

    @Test func `a score that comes later is put to its reading`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        var commit = StoreCommit.declaring(["pump"])
        commit.add(at: .at(0), [1, 2])
        commit.add(at: .at(1), [3, 4])
        try await store.commit(commit)
        let model = try await store.insertTrainingRun(
            decision: TrainingDecision(verdict: .promoted, reason: "first model"), request: sampleRequest(),
            startedAt: .at(2), finishedAt: .at(3), model: sampleModel())
        var later = StoreCommit()
        later.detection.scoredLater = [
            DetectionOutput.Row(
                stream: StreamID(0), time: .at(1), valueStart: 0, valueCount: 0, score: 3.1, modelID: model,
                isAlerting: true)
        ]
        try await store.commit(later)
        let history = try await store.recentReadings(of: StreamID(0), limit: 9)
        #expect(history.values == [1, 2, 3, 4])
        #expect(history.scores[0].isNaN && history.scores[1] == 3.1)
        #expect(history.isAlerting == [false, true])
        #expect(
            try database.rows("SELECT score, model_version FROM scores ORDER BY time_ns") == [
                ["NULL", "NULL"], ["3.1", "1"],
            ])
    }

    @Test func `an alert that goes on is the same row`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        try await store.commit(Self.everything())
        var alert = sampleAlert()
        alert.peakScore = 12
        alert.resolvedAt = .at(60)
        var commit = StoreCommit()
        commit.detection.transitions = [AlertTransition(kind: .resolved, alert: alert)]
        try await store.commit(commit)
        #expect(try await store.alert(1)?.alert == alert)
        #expect(try await store.savedState().openAlerts.isEmpty)
        #expect(try await store.savedState().nextAlertID == 2)
    }

    @Test func `one stretch cannot become two alerts`() async throws {
        let store = try TemporaryDatabase().open()
        try await store.commit(Self.everything())
        var commit = StoreCommit()
        commit.detection.transitions = [AlertTransition(kind: .fired, alert: sampleAlert(2))]
        await #expect(throws: StorageFailure.self) { try await store.commit(commit) }
    }

    @Test func `an alert whose numbers are not finite is stored all the same`() async throws {
        let store = try TemporaryDatabase().open()
        var alert = sampleAlert()
        alert.peakScore = .infinity
        alert.contributions = [
            ChannelContribution(
                channel: "temperature", share: .nan, actual: .nan, expected: .infinity, lower: -.infinity, upper: 1)
        ]
        var commit = StoreCommit.declaring(["pump"])
        commit.detection.transitions = [AlertTransition(kind: .fired, alert: alert)]
        try await store.commit(commit)
        let stored = try #require(try await store.alert(1)).alert
        #expect(stored.peakScore == .infinity)
        #expect(
            stored.contributions == [
                ChannelContribution(
                    channel: "temperature", share: 0, actual: nil, expected: nil, lower: nil, upper: 1)
            ])
    }

    @Test func `a commit is finished even when its task is cancelled`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await store.commit(Self.everything())
        }
        task.cancel()
        try await task.value
        #expect(try Self.counts(database)["reading"] == "21")
    }

    @Test func `a stream keeps its name and its channels keep their order`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        try await store.commit(.declaring(["pump"], channels: ["a", "b"]))
        try await store.commit(.declaring(["pump"], channels: ["a", "b", "c"]))
        #expect(try await store.savedState().streams[0].channels == ["a", "b", "c"])
        for wrong in [
            StoreCommit.declaring(["fan"]), .declaring(["pump"], channels: ["b", "a"]),
            .declaring(["pump"], channels: ["a", "x"]),
        ] {
            await #expect(throws: StorageFailure.self) { try await store.commit(wrong) }
        }
        #expect(try await store.savedState().streams[0].channels == ["a", "b", "c"])
    }

    @Test func `losses of an hour add up and keep the first sample`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        for (time, count, sample) in [(0, 2, nil), (10, 3, "first"), (20, 4, "second"), (7_200, 1, "later")] {
            var commit = StoreCommit()
            commit.losses = [
                IngestLoss(time: .at(time), source: "udp", reason: "truncated", count: count, sample: sample)
            ]
            try await store.commit(commit)
        }
        #expect(
            try database.rows("SELECT count, first_sample FROM ingest_loss ORDER BY hour_at") == [
                ["9", "first"], ["1", "later"],
            ])
    }

    @Test func `views say times with as much of a fraction as they have, before 1970 too`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        var commit = StoreCommit.declaring(["pump"], channels: ["a"])
        let times: [(Int64, String)] = [
            (-9_223_372_036_854_775_808, "1677-09-21T00:12:43.145224192Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
            (-500_000_000, "1969-12-31T23:59:59.5Z"), (0, "1970-01-01T00:00:00Z"),
            (1_700_000_000_250_000_000, "2023-11-14T22:13:20.25Z"),
            (9_223_372_036_854_775_807, "2262-04-11T23:47:16.854775807Z"),
        ]
        for (time, _) in times.sorted(by: { $0.0 < $1.0 }) { commit.add(at: Timestamp(nanoseconds: time), [1]) }
        try await store.commit(commit)
        for (time, text) in times {
            #expect(try database.value("SELECT reading_at FROM readings WHERE time_ns = \(time)") == text)
        }
    }
}
