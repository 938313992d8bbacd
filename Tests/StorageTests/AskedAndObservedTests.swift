import AnomalyDetection
import Foundation
import Storage
import Testing

/// Alerts asked for and raised, as people read them.
struct AskedAndObservedTests {
    private static let day: Int64 = 86_400_000_000_000
    private static let start: Int64 = 1_700_000_000_000_000_000

    /// A stream with readings a day apart, of which the first `unscored` have no score, and alerts on some of these days.
    private func database(days: Int, unscored: Int, alertsOn: [Int], budget: FalseAlarmBudget) async throws
        -> (TemporaryDatabase, Store)
    {
        let database = try TemporaryDatabase()
        let store = try database.open()
        var commit = StoreCommit.declaring(["pump-1", "pump-2"])
        commit.detection.values = [1]
        commit.detection.rows = (0..<days).map { day in
            DetectionOutput.Row(
                stream: StreamID(0), time: Timestamp(nanoseconds: Self.start + Int64(day) * Self.day), valueStart: 0,
                valueCount: 1, score: day < unscored ? .nan : 1, modelID: 0, isAlerting: false)
        }
        commit.states[StreamID(0)] = StreamState(
            status: StreamStatus(phase: .scoring, readings: days, falseAlarms: budget), bytes: [])
        commit.detection.transitions = alertsOn.enumerated().map { index, day in
            let time = Timestamp(nanoseconds: Self.start + Int64(day) * Self.day)
            return AlertTransition(
                kind: .resolved,
                alert: Alert(
                    id: Int64(index) + 1, stream: StreamID(0), startedAt: time, firedAt: time, resolvedAt: time,
                    peakScore: 5, peakAt: time, threshold: 4, isProvisional: false, modelID: 0, shape: .unknown,
                    contributions: []))
        }
        try await store.commit(commit)
        return (database, store)
    }

    @Test func `what is asked for grows with the time that has scores, and confirmed alerts are not counted`()
        async throws
    {
        let (database, store) = try await database(
            days: 15, unscored: 4, alertsOn: [6, 8, 9], budget: FalseAlarmBudget(count: 1, period: 5 * Self.day))
        try database.execute("INSERT INTO feedback (alert_id, verdict) VALUES (2, 'confirmed')")
        #expect(
            try database.rows("SELECT stream, budget, asked, observed, days FROM false_alarms") == [
                ["pump-1", "1 per 5d", "2.0", "2", "10.0"]
            ])
        let alarms = try #require(try await store.streamSummaries(matching: "pump-1").first?.alarms)
        #expect(alarms.asked == 2)
        #expect(alarms.observed == 2)
        #expect(alarms.duration == 10 * Self.day)
        #expect(try await store.streamSummaries(matching: "pump-2").first?.alarms == nil)
        let metrics = try await store.metrics(streamLimit: 5)
        #expect(metrics.alarmsAsked == 2)
        #expect(metrics.alarmsObserved == 2)
        #expect(metrics.streamAlarms.map(\.stream) == ["pump-1"])
        #expect(try await store.metrics(streamLimit: 0).streamAlarms.isEmpty)
    }

    @Test(arguments: [(1, 30.0, 1), (60, 60.0, 2)])
    func `old alerts drop out after thirty days, or after the time in which one was asked for`(
        periodDays: Int64, days: Double, observed: Int
    ) async throws {
        let (_, store) = try await database(
            days: 101, unscored: 0, alertsOn: [1, 50, 90],
            budget: FalseAlarmBudget(count: 1, period: periodDays * Self.day))
        let alarms = try #require(try await store.streamSummaries(matching: "pump-1").first?.alarms)
        #expect(Double(alarms.duration) / Double(Self.day) == days)
        #expect(alarms.observed == observed)
    }

    @Test func `the first scored reading stays the first`() async throws {
        let (database, store) = try await database(
            days: 5, unscored: 2, alertsOn: [], budget: .standard)
        var commit = StoreCommit()
        commit.states[StreamID(0)] = StreamState(
            status: StreamStatus(phase: .scoring, readings: 6, falseAlarms: .standard), bytes: [])
        try database.execute("DELETE FROM reading WHERE time_ns < \(Self.start + 4 * Self.day)")
        try await store.commit(commit)
        #expect(
            try database.value("SELECT scoring_since_ns FROM stream_state WHERE stream_id = 1")
                == "\(Self.start + 2 * Self.day)")
    }
}
