import AnomalyDetection
import Storage
import Testing

struct BrowsingTests {
    /// Three alerts: an old one that has ended, one of the fan that ended at 100, and one of the pump that fires.
    private static func store() async throws -> (TemporaryDatabase, Store) {
        let database = try TemporaryDatabase()
        let store = try database.open()
        var commit = StoreCommit.declaring(["hall/pump", "hall/fan", "roof"])
        commit.add(0, at: .at(5), [1, 2])
        commit.add(0, at: .at(6), [1, 2])
        commit.states[StreamID(0)] = StreamState(
            status: StreamStatus(phase: .scoring, readings: 2, threshold: 4.5, isThresholdProvisional: true), bytes: [1]
        )
        commit.detection.transitions = [
            AlertTransition(kind: .resolved, alert: sampleAlert(1, from: 10, resolvedAt: 40)),
            AlertTransition(kind: .resolved, alert: sampleAlert(2, stream: 1, from: 60, resolvedAt: 100)),
            AlertTransition(kind: .fired, alert: sampleAlert(3, from: 80)),
        ]
        try await store.commit(commit)
        try await store.markLive(
            store.insertTrainingRun(
                decision: TrainingDecision(verdict: .promoted, reason: "first"), request: sampleRequest(),
                startedAt: .at(1), finishedAt: .at(2), model: sampleModel()))
        return (database, store)
    }

    @Test func `alerts come newest first, filtered as asked`() async throws {
        let (_, store) = try await Self.store()
        func ids(_ filter: AlertFilter) async throws -> [Int64] { try await store.alerts(filter).map(\.alert.id) }
        #expect(try await ids(AlertFilter()) == [3, 2, 1])
        #expect(try await ids(AlertFilter(isOpen: true)) == [3])
        #expect(try await ids(AlertFilter(streamPattern: "hall/*")) == [3, 2, 1])
        #expect(try await ids(AlertFilter(streamPattern: "*fan")) == [2])
        #expect(try await ids(AlertFilter(since: .at(100))) == [3, 2])
        #expect(try await ids(AlertFilter(since: .at(101))) == [3])
        #expect(try await ids(AlertFilter(limit: 1)) == [3])
        #expect(try await store.alert(2)?.streamName == "hall/fan")
        #expect(try await store.alert(3)?.lastReadingAt == .at(6))
        #expect(try await store.alert(9) == nil)
    }

    @Test func `an alert is placed in time by settled scores once they are there, and keeps its place`() async throws {
        let (database, store) = try await Self.store()
        #expect(try await store.alert(1)?.settledAt == nil)
        var commit = StoreCommit()
        // Both in the commit that also changes the alert, as at the end of input.
        commit.detection.transitions = [
            AlertTransition(kind: .resolved, alert: sampleAlert(2, stream: 1, from: 60, resolvedAt: 100))
        ]
        commit.detection.settledAlerts = [
            .init(stream: StreamID(0), startedAt: .at(10), settledAt: .at(41), extent: .at(8)...(.at(33))),
            .init(stream: StreamID(1), startedAt: .at(60), settledAt: .at(101), extent: nil),
        ]
        try await store.commit(commit)
        #expect(try await store.alert(1)?.settledAt == .at(41))
        #expect(try await store.alert(1)?.settledExtent == .at(8)...(.at(33)))
        #expect(try await store.alert(2)?.settledAt == .at(101))
        #expect(try await store.alert(2)?.settledExtent == nil)
        #expect(
            try database.rows(
                """
                SELECT started_epoch - 1700000000, settled_started_epoch - 1700000000,
                    settled_ended_epoch - 1700000000, settled_at FROM alerts ORDER BY id
                """) == [
                    ["10.0", "8.0", "33.0", "2023-11-14T22:14:01Z"], ["60.0", "NULL", "NULL", "2023-11-14T22:15:01Z"],
                    ["80.0", "NULL", "NULL", "NULL"],
                ])
        var update = StoreCommit()
        update.detection.transitions = [
            AlertTransition(kind: .updated, alert: sampleAlert(1, from: 10, resolvedAt: 40))
        ]
        try await store.commit(update)
        #expect(try await store.alert(1)?.settledExtent == .at(8)...(.at(33)), "an update leaves it alone")
    }

    @Test func `the views of alerts say what people ask`() async throws {
        let (database, _) = try await Self.store()
        #expect(
            try database.rows(
                "SELECT id, stream, state, started_at, resolved_at, shape, leading_channel, provisional FROM alerts ORDER BY id"
            )
                == [
                    [
                        "1", "hall/pump", "resolved", "2023-11-14T22:13:30Z", "2023-11-14T22:14:00Z", "level_shift",
                        "temperature", "1",
                    ],
                    [
                        "2", "hall/fan", "resolved", "2023-11-14T22:14:20Z", "2023-11-14T22:15:00Z", "level_shift",
                        "temperature", "1",
                    ],
                    [
                        "3", "hall/pump", "firing", "2023-11-14T22:14:40Z", "NULL", "level_shift", "temperature", "1",
                    ],
                ])
        #expect(try database.rows("SELECT id FROM alerts_open") == [["3"]])
    }

    @Test func `streams are told with all that is known of them`() async throws {
        let (database, store) = try await Self.store()
        let streams = try await store.streamSummaries()
        #expect(streams.map(\.stream.name) == ["hall/fan", "hall/pump", "roof"])
        let pump = streams[1]
        #expect(pump.stream.id == StreamID(0) && pump.stream.channels == ["temperature", "pressure"])
        #expect(pump.lastReadingAt == .at(6) && pump.liveModelVersion == 1 && pump.openAlertID == 3)
        #expect(pump.status?.phase == .scoring && pump.status?.threshold == 4.5)
        #expect(streams[2].status == nil && streams[2].lastReadingAt == nil && streams[2].openAlertID == nil)
        #expect(try await store.streamSummaries(matching: "r*").count == 1)
        #expect(
            try database.rows(
                "SELECT stream, channels, readings, last_reading_at, phase, model_version, open_alert_id FROM streams WHERE stream = 'hall/pump'"
            )
                == [
                    [
                        "hall/pump", "temperature, pressure", "2", "2023-11-14T22:13:26Z", "scoring", "1", "3",
                    ]
                ])
    }
}
