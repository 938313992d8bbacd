import AnomalyDetection
import Foundation
import GRDB
import Glibc
import Storage
import Testing

struct OpeningTests {
    @Test func `a database that is not there is made, and is there when it is opened again`() async throws {
        let database = try TemporaryDatabase()
        do {
            let store = try database.open()
            try await store.commit(.declaring(["pump"]))
        }
        let state = try await database.open().savedState()
        #expect(state.streams.map(\.name) == ["pump"])
        #expect(try database.value("PRAGMA journal_mode") == "wal")
    }

    @Test func `the log stays beside a closed database, for users who cannot make it`() async throws {
        let database = try TemporaryDatabase()
        do {
            let store = try database.open()
            try await store.commit(.declaring(["pump"]))
        }
        for suffix in ["-wal", "-shm"] {
            #expect(FileManager.default.fileExists(atPath: database.path + suffix), "\(suffix)")
        }
    }

    @Test func `a second writer is refused with the number of the process that writes`() throws {
        let database = try TemporaryDatabase()
        let first = try database.open()
        let process = Int(ProcessInfo.processInfo.processIdentifier)
        #expect(throws: StorageFailure.inUse(path: database.path, processID: process)) { try database.open() }
        let failure = StorageFailure.inUse(path: database.path, processID: process)
        #expect(failure.description.contains("process \(process)"))
        withExtendedLifetime(first) {}
    }

    @Test func `a second writer is refused under another name of the file too`() throws {
        let database = try TemporaryDatabase()
        let first = try database.open()
        let link = database.directory.appendingPathComponent("link.db").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: database.path)
        #expect(throws: StorageFailure.self) { try Store(path: link) }
        withExtendedLifetime(first) {}
    }

    @Test func `the database is free again once its store is gone`() throws {
        let database = try TemporaryDatabase()
        for _ in 0..<3 { _ = try database.open() }
    }

    @Test func `a missing database is not made for reading`() throws {
        let database = try TemporaryDatabase()
        #expect(throws: StorageFailure.missing(path: database.path)) { try Store.openReadOnly(path: database.path) }
        #expect(!FileManager.default.fileExists(atPath: database.path))
    }

    @Test(arguments: [true, false]) func `a file that is not a database is refused and left alone`(isReadOnly: Bool)
        throws
    {
        let database = try TemporaryDatabase()
        let text = String(repeating: "these are my notes, not a database\n", count: 100)
        try text.write(toFile: database.path, atomically: true, encoding: .utf8)
        let failure = try #require(throws: StorageFailure.self) {
            _ = isReadOnly ? try Store.openReadOnly(path: database.path) : try database.open()
        }
        guard case .notHarken = failure else {
            Issue.record("\(failure)")
            return
        }
        #expect(try String(contentsOfFile: database.path, encoding: .utf8) == text)
        #expect(try FileManager.default.contentsOfDirectory(atPath: database.directory.path) == ["harken.db"])
    }

    @Test(arguments: [true, false]) func `somebody else's database is refused and left alone`(isReadOnly: Bool) throws {
        let database = try TemporaryDatabase()
        try database.execute("CREATE TABLE diary (day TEXT); INSERT INTO diary VALUES ('Monday')")
        let before = try Data(contentsOf: URL(fileURLWithPath: database.path))
        let failure = try #require(throws: StorageFailure.self) {
            _ = isReadOnly ? try Store.openReadOnly(path: database.path) : try database.open()
        }
        guard case .notHarken(_, let found) = failure else {
            Issue.record("\(failure)")
            return
        }
        #expect(found.contains("diary"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: database.path)) == before)
        #expect(try FileManager.default.contentsOfDirectory(atPath: database.directory.path) == ["harken.db"])
    }

    @Test(arguments: [true, false]) func `a database of a newer program is refused`(isReadOnly: Bool) throws {
        let database = try TemporaryDatabase()
        try Store.migrate(path: database.path)
        try database.execute("PRAGMA user_version = 99")
        #expect(throws: StorageFailure.tooNew(path: database.path, version: 99, supported: 9)) {
            _ = isReadOnly ? try Store.openReadOnly(path: database.path) : try database.open()
        }
    }

    @Test func `a database of the first version is upgraded and keeps what it holds`() async throws {
        let database = try TemporaryDatabase()
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Fixtures/version-1.sql")
        try database.execute(
            String(contentsOf: fixture, encoding: .utf8) + """
                INSERT INTO grdb_migrations VALUES ('1 first light');
                INSERT INTO stream VALUES (1, 'pump');
                INSERT INTO channel VALUES (1, 0, 'temperature');
                INSERT INTO reading VALUES (1, 1700000000000000000, '[1.5]', 0.5, NULL, 0);
                INSERT INTO alert VALUES (1, 1, 1, 2, 3, 7.5, 2, 5.25, 0, NULL, 'spike', '[]');
                INSERT INTO delivery VALUES
                    (7, 1, 'm7', 'ops', 'fired', '{"alerts":[{"labels":{"stream":"pump"}}]}', 1, 1, 1, 'delivered', 200, NULL, 5),
                    (8, 1, 'm8', 'ops', 'resolved', '{}', 1, 1, 0, 'pending', NULL, NULL, NULL);
                INSERT INTO training_run VALUES (4, 1, 'growth', 'skipped', 'why', 1, 2, 3, 4, 5, 6, '{}', 7, 8, NULL);
                """)
        #expect(throws: StorageFailure.tooOld(path: database.path, version: 1, supported: 9)) {
            try Store.openReadOnly(path: database.path)
        }
        let store = try database.open()
        let history = try await store.recentReadings(of: StreamID(0), limit: 10)
        #expect(history.scores == [0.5])
        #expect(history.settledScores.map(\.isNaN) == [true])
        #expect(try await store.alerts(AlertFilter()).count == 1)
        #expect(try database.rows("SELECT score, settled FROM scores") == [["0.5", "NULL"]])
        #expect(try database.value("SELECT settled_at FROM alerts") == "NULL")
        #expect(try database.value("SELECT kind FROM alerts") == "anomaly")
        #expect(try database.rows("SELECT id, reason, explanation FROM training_runs") == [["4", "growth", "why"]])
        #expect(try database.value("PRAGMA user_version") == "9")
    }

    @Test func `an empty file becomes a database`() throws {
        let database = try TemporaryDatabase()
        try Data().write(to: URL(fileURLWithPath: database.path))
        try Store.migrate(path: database.path)
        #expect(try database.value("SELECT count(*) FROM stream") == "0")
    }

    @Test func `a directory that is not there is named in the error`() throws {
        let database = try TemporaryDatabase()
        let path = database.directory.appendingPathComponent("nowhere/harken.db").path
        let failure = try #require(throws: StorageFailure.self) { try Store(path: path) }
        #expect(failure.description.contains("nowhere"))
        #expect(failure.description.contains("No such file or directory"))
    }

    @Test func `reading works while the writer writes, and sees each commit`() async throws {
        let database = try TemporaryDatabase()
        let writer = try database.open()
        let reader = try Store.openReadOnly(path: database.path)
        #expect(try await reader.savedState().streams.isEmpty)
        try await writer.commit(.declaring(["pump"]))
        #expect(try await reader.savedState().streams.map(\.name) == ["pump"])
        await #expect(throws: StorageFailure.readOnly(path: database.path)) {
            try await reader.commit(.declaring(["pump", "fan"]))
        }
    }

    @Test func `reading works when no daemon runs`() async throws {
        let database = try TemporaryDatabase()
        try await database.open().commit(.declaring(["pump"]))
        let reader = try Store.openReadOnly(path: database.path)
        #expect(try await reader.savedState().streams.map(\.name) == ["pump"])
    }

    @Test(.enabled(if: getuid() != 0, "root may write everywhere"))
    func `a copy of the main file can be read in a directory that is not writable`() async throws {
        let database = try TemporaryDatabase()
        try await database.open().commit(.declaring(["pump"]))
        try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        let directory = database.directory.appendingPathComponent("100 % read only?")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        let copy = directory.appendingPathComponent("harken.db").path
        try FileManager.default.copyItem(atPath: database.path, toPath: copy)
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: directory.path)
        defer { try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path) }
        let reader = try Store.openReadOnly(path: copy)
        #expect(try await reader.savedState().streams.map(\.name) == ["pump"])
        #expect(throws: StorageFailure.self) { try Store(path: copy) }
    }

    @Test func `a copy of the main file alone can be read`() async throws {
        let database = try TemporaryDatabase()
        try await database.open().commit(.declaring(["pump"]))
        try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        let copy = database.directory.appendingPathComponent("copy.db").path
        try FileManager.default.copyItem(atPath: database.path, toPath: copy)
        let reader = try Store.openReadOnly(path: copy)
        #expect(try await reader.savedState().streams.map(\.name) == ["pump"])
    }
}
