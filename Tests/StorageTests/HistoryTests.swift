import AnomalyDetection
import Foundation
import LinearAlgebra
import Storage
import Testing

struct HistoryTests {
    /// Stores readings of one stream and gives back what was stored of them.
    private static func roundTrip(_ readings: [[Double]]) async throws -> ReadingHistory {
        let database = try TemporaryDatabase()
        let store = try database.open()
        let channels = (0..<(readings.map(\.count).max() ?? 0)).map { "c\($0)" }
        var commit = StoreCommit.declaring(["pump"], channels: channels)
        for (index, values) in readings.enumerated() { commit.add(at: .at(index), values) }
        try await store.commit(commit)
        return try await store.recentReadings(of: StreamID(0), limit: readings.count)
    }

    private static func bits(_ values: some Sequence<Double>) -> [UInt64] {
        values.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }
    }

    @Test func `numbers at the edges come back to the last bit`() async throws {
        let edges: [Double] = [
            0, -0.0, 1, -1, 0.1, -0.1, 1.0 / 3, 123_456_789.123_456_7, 1e15, 1e16, 1e22, 1e23, 9_007_199_254_740_992,
            2_147_483_647, 2_147_483_648, -2_147_483_648, -2_147_483_649, .pi, .leastNonzeroMagnitude,
            .leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, .nan,
            .leastNormalMagnitude.nextDown, 0.000001, 1e-7, 999_999_999_999_999, 0.999_999_999_999_999_9,
        ]
        let history = try await Self.roundTrip(edges.map { [$0, -$0] })
        #expect(Self.bits(history.values) == Self.bits(edges.flatMap { [$0, -$0] }))
    }

    @Test(arguments: UInt64(1)...20) func `any number comes back to the last bit`(seed: UInt64) async throws {
        var random = RandomSource(seed: seed)
        let readings = (0..<200).map { _ in
            (0..<4).map { channel -> Double in
                switch channel {
                case 0: Double(bitPattern: random.next())
                case 1: (random.normal() * 1_000).rounded() / 1_000
                case 2: Double(random.index(below: 100_000)) / 100
                default: random.normal()
                }
            }
        }
        let history = try await Self.roundTrip(readings)
        #expect(Self.bits(history.values) == Self.bits(readings.joined()))
    }

    @Test func `infinite and missing values are told apart in the views`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        var commit = StoreCommit.declaring(["pump"], channels: ["a", "b", "c"])
        commit.add(at: .at(0), [.infinity, .nan, 20])
        try await store.commit(commit)
        #expect(
            try database.rows("SELECT channel, typeof(value), value = 9e999 FROM readings")
                == [["a", "real", "1"], ["b", "null", "NULL"], ["c", "real", "0"]])
    }

    @Test func `a channel that came later is missing in older readings`() async throws {
        let store = try TemporaryDatabase().open()
        var commit = StoreCommit.declaring(["pump"], channels: ["a"])
        commit.add(at: .at(0), [1])
        try await store.commit(commit)
        commit = .declaring(["pump"], channels: ["a", "b"])
        commit.add(at: .at(1), [2, 3])
        try await store.commit(commit)
        let history = try await store.recentReadings(of: StreamID(0), limit: 9)
        #expect(history.channelCount == 2)
        #expect(Self.bits(history.values) == Self.bits([1, .nan, 2, 3]))
    }

    @Test func `history ends with a time, has a limit and runs from the oldest`() async throws {
        let store = try TemporaryDatabase().open()
        var commit = StoreCommit.declaring(["pump", "fan"], channels: ["a"])
        for second in 0..<100 {
            commit.add(0, at: .at(second), [Double(second)], isAlerting: second % 3 == 0)
            commit.add(1, at: .at(second), [-Double(second)])
        }
        try await store.commit(commit)
        let history = try await store.history(of: StreamID(0), through: .at(50), limit: 10)
        #expect(history.times == (41...50).map { .at($0) })
        #expect(history.values == (41...50).map { Double($0) })
        #expect(history.isAlerting == (41...50).map { $0 % 3 == 0 })
        let both = try await store.recentReadings(of: [StreamID(1), StreamID(0)], limit: 2)
        #expect(both.map(\.values) == [[-98, -99], [98, 99]])
        let middle = try await store.readings(of: StreamID(0), from: .at(20), through: .at(90), limit: 3)
        #expect(middle.values == [20, 21, 22])
        #expect(try await store.readingCount(of: StreamID(1)) == 100)
        #expect(try await store.recentReadings(of: StreamID(5), limit: 10).count == 0)
    }

    @Test func `damaged values are an error that says where`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        for damage in ["", "[", "[1,x]", "1,2", "[1,,2]", "{}", "[1 2]"] {
            var commit = StoreCommit.declaring(["pump"], channels: ["a", "b", "c"])
            commit.add(at: .at(0), [1, 2, 3])
            try await store.commit(commit)
            try database.execute("UPDATE reading SET channel_values = '\(damage)'")
            let failure = await #expect(throws: StorageFailure.self, "\(damage)") {
                _ = try await store.recentReadings(of: StreamID(0), limit: 1)
            }
            #expect(failure?.description.contains("stream 1 at 1700000000000000000") == true)
        }
    }

    @Test func `a history that reaches back is read as whole stretches and the newest readings`() async throws {
        let (database, count) = (try TemporaryDatabase(), 20_000)
        let store = try database.open()
        var commit = StoreCommit.declaring(["pump"])
        for second in 0..<count { commit.add(at: .at(second), [Double(second), 1]) }
        try await store.commit(commit)
        let plan = HistoryPlan(limit: 4_096, span: 86_400 * 1_000_000_000)
        let history = try await store.history(of: StreamID(0), through: .at(count - 101), plan: plan)
        #expect(history.count == 4_096)
        #expect(history.times.first == .at(0) && history.times.last == .at(count - 101))
        #expect(history.times.suffix(1_024).first == .at(count - 100 - 1_024))
        let jumps = zip(history.times, history.times.dropFirst()).filter { $1.nanoseconds(since: $0) > 1_000_000_000 }
        #expect(jumps.count == 6, "a stretch is whole")
        for (index, time) in history.times.enumerated() {
            #expect(history.values[2 * index] == Double(time.nanoseconds(since: origin) / 1_000_000_000))
        }
        let again = try await store.history(of: StreamID(0), through: .at(count - 101), plan: plan)
        #expect(again.times == history.times, "the same readings give the same history")
        let newest = try await store.history(
            of: StreamID(0), through: .at(count - 1), plan: HistoryPlan(limit: 4_096, span: 0))
        #expect(newest.times.first == .at(count - 4_096) && newest.count == 4_096)
    }
}
