import Foundation
import GRDB
import Storage
import Testing

/// The schema is public: `schemas/database.sql` says what a user finds in the file.
///
/// With `HARKEN_WRITE_SCHEMA=1` in the environment the first test writes that file instead of comparing it.
struct SchemaTests {
    private static let file = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("schemas/database.sql")

    private static let heading = """
        -- What a Harken database holds, as its migrations make it. A test compares the two; to write this file anew run
        --     HARKEN_WRITE_SCHEMA=1 swift test -c release --filter SchemaTests
        --
        -- Tables hold times as nanoseconds since 1970-01-01T00:00:00Z, in columns named ..._ns. The views are for people:
        -- they say times as ISO-8601 text (..._at) and as seconds since 1970 (..._epoch).
        -- A sqlite3 shell may read at any time; it never keeps the daemon from writing, nor the daemon it from reading.

        PRAGMA application_id = 1215458158; -- "Hrkn"
        PRAGMA user_version = 9; -- the number of the newest migration


        """

    @Test func `schemas database sql is what the migrations make`() throws {
        let database = try TemporaryDatabase()
        try Store.migrate(path: database.path)
        let migrated = try DatabaseQueue(path: database.path).read(Self.schema)
        if ProcessInfo.processInfo.environment["HARKEN_WRITE_SCHEMA"] == "1" {
            let statements = migrated.map { $0.sql + ";\n" }.joined(separator: "\n")
            try (Self.heading + statements).write(to: Self.file, atomically: true, encoding: .utf8)
        }
        let documented = try DatabaseQueue()
        let text = try String(contentsOf: Self.file, encoding: .utf8)
        try documented.writeWithoutTransaction { db in try db.execute(sql: text) }
        #expect(try documented.read(Self.schema).map(\.normalized) == migrated.map(\.normalized))
        for pragma in ["application_id", "user_version"] {
            let expected = try documented.read { db in try String.fetchOne(db, sql: "PRAGMA \(pragma)") }
            #expect(try database.value("PRAGMA \(pragma)") == expected)
        }
    }

    @Test func `every table is strict`() throws {
        let database = try TemporaryDatabase()
        try Store.migrate(path: database.path)
        let loose = try database.rows(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict ORDER BY name")
        // GRDB's own list of migrations, and SQLite's.
        #expect(loose == [["grdb_migrations"], ["sqlite_schema"]])
    }

    @Test func `every view can be read`() throws {
        let database = try TemporaryDatabase()
        try Store.migrate(path: database.path)
        let views = try database.rows("SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name")
        #expect(
            views.map { $0[0] } == [
                "alerts", "alerts_open", "deliveries", "false_alarms", "feedback", "fleet_models", "fleets",
                "ingest_loss", "maintenance",
                "models", "readings",
                "rule_holds", "scores", "silences", "streams", "training_ledger", "training_runs", "why_not",
            ])
        for view in views { #expect(try database.rows("SELECT * FROM \(view[0])").isEmpty) }
    }

    private struct Entry {
        var type: String
        var name: String
        var sql: String
        var normalized: String {
            "\(type) \(name): " + sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
    }

    private static func schema(_ db: Database) throws -> [Entry] {
        try Row.fetchAll(db, sql: "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
            .map { Entry(type: $0[0], name: $0[1], sql: $0[2]) }
    }
}
