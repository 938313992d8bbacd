import AnomalyDetection
import Foundation
import Storage
import Testing

/// What happens when others use the file, or the disk is full.
struct ContentionTests {
    private static func readings(_ range: Range<Int>) -> StoreCommit {
        var commit = StoreCommit.declaring(["pump"])
        for second in range { commit.add(at: .at(second), [Double(second) / 7, Double(second) / 3]) }
        return commit
    }

    @Test func `a sqlite3 shell in a read transaction neither blocks the writer nor sees its commits`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open(busyTimeout: .milliseconds(1))
        try await store.commit(Self.readings(0..<10))
        let shell = try Shell(database.path)
        #expect(try shell.run("BEGIN; SELECT count(*) FROM scores;") == "10")
        for start in stride(from: 10, to: 5_010, by: 100) {
            try await store.commit(Self.readings(start..<start + 100))
        }
        #expect(try shell.run("SELECT count(*) FROM scores;") == "10")
        #expect(try shell.run("COMMIT; SELECT count(*) FROM scores;") == "5010")
    }

    @Test func `a sqlite3 shell reads every view while the writer writes`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open()
        try await store.commit(Self.readings(0..<10))
        let writing = Task {
            var start = 10
            while !Task.isCancelled {
                try await store.commit(Self.readings(start..<start + 50))
                start += 50
            }
            return start
        }
        let shell = try Shell(database.path)
        for view in [
            "alerts", "alerts_open", "scores", "streams", "models", "training_runs", "deliveries", "ingest_loss",
            "readings",
        ] {
            let answer = try shell.run("SELECT count(*) FROM \(view);")
            #expect(Int(answer) != nil, "\(view): \(answer)")
        }
        writing.cancel()
        let end = try await writing.value
        #expect(try shell.run("SELECT count(*) FROM scores;") == "\(end)")
        #expect(try shell.run("PRAGMA integrity_check;") == "ok")
    }

    @Test func `a lock held by others is an error, and the same commit works afterwards`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open(busyTimeout: .milliseconds(20))
        try await store.commit(Self.readings(0..<10))
        let shell = try Shell(database.path)
        #expect(try shell.run("BEGIN IMMEDIATE;") == "")
        let commit = Self.readings(10..<20)
        await #expect(throws: StorageFailure.locked(path: database.path)) { try await store.commit(commit) }
        #expect(try shell.run("COMMIT;") == "")
        #expect(try await store.commit(commit).insertedReadings == 10)
    }

    @Test func `a full disk is an error, nothing is half written, and writing goes on when there is room`() async throws
    {
        let database = try TemporaryDatabase()
        var stored = 0
        do {
            let store = try database.open(pageLimit: 100)
            var failure: StorageFailure?
            while failure == nil {
                do throws(StorageFailure) {
                    try await store.commit(Self.readings(stored..<stored + 100))
                    stored += 100
                } catch {
                    failure = error
                }
            }
            #expect(failure == .diskFull(path: database.path))
            #expect(stored > 0)
            // Reading still works, and a commit that needs no more room does too.
            #expect(try await store.readingCount(of: StreamID(0)) == stored)
            #expect(try await store.commit(Self.readings(0..<1)).duplicateReadings == 1)
        }
        let store = try database.open()
        #expect(try await store.commit(Self.readings(stored..<stored + 100)).insertedReadings == 100)
        #expect(try database.value("PRAGMA integrity_check") == "ok")
    }

    @Test func `history is read while a transaction is open`() async throws {
        let database = try TemporaryDatabase()
        let store = try database.open(busyTimeout: .milliseconds(1))
        try await store.commit(Self.readings(0..<10))
        let shell = try Shell(database.path)
        #expect(try shell.run("BEGIN IMMEDIATE;") == "")
        #expect(try await store.history(of: StreamID(0), through: .at(100), limit: 100).count == 10)
        #expect(try shell.run("ROLLBACK;") == "")
    }
}
