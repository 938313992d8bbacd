internal import GRDB

/// How a database becomes what this program expects.
///
/// A migration that was shipped never changes: what has to be different is a new migration with a new name, added at the
/// end, which also sets `user_version` to its number.
enum Migrations {
    /// "Hrkn" in ASCII: tells `file` and Harken itself whose database it is.
    static let applicationID: Int32 = 0x4872_6B6E

    /// The number of migrations there are, which a database has as its `user_version` once all have run.
    static let schemaVersion = 3

    /// All migrations, in their order.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        // No row can point to nothing that did not before, so there is no need to check every row of a large table.
        migrator.registerMigration("1 first light", foreignKeyChecks: .immediate) { db in
            for statement in FirstTables.statements + FirstViews.statements {
                try db.execute(sql: statement)
            }
            try db.execute(sql: "PRAGMA application_id = 1215458158")
            try db.execute(sql: "PRAGMA user_version = 1")
        }
        migrator.registerMigration("2 settled scores", foreignKeyChecks: .immediate) { db in
            for statement in SettledScores.statements { try db.execute(sql: statement) }
            try db.execute(sql: "PRAGMA user_version = 2")
        }
        migrator.registerMigration("3 people's answers", foreignKeyChecks: .immediate) { db in
            for statement in PeoplesAnswers.statements { try db.execute(sql: statement) }
            try db.execute(sql: "PRAGMA user_version = 3")
        }
        return migrator
    }
}
