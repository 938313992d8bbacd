internal import GRDB

/// How a database becomes what this program expects.
///
/// A migration that was shipped never changes: what has to be different is a new migration with a new name, added at the
/// end, which also sets `user_version` to its number.
enum Migrations {
    /// "Hrkn" in ASCII: tells `file` and Harken itself whose database it is.
    static let applicationID: Int32 = 0x4872_6B6E

    /// One step: its number, its topic, and its statements.
    private typealias Step = (number: Int, topic: String, statements: [String])

    /// All steps, in their order.
    private static let steps: [Step] = [
        (
            1, "first light",
            FirstTables.statements + FirstViews.statements + ["PRAGMA application_id = 1215458158"]
        ),
        (2, "settled scores", SettledScores.statements),
        (3, "people's answers", PeoplesAnswers.statements),
        (4, "explanations", Explanations.statements),
        (5, "reproducible trainings", ReproducibleTrainings.statements),
        (6, "notifications and rules", Notifications.statements),
        (7, "fleet models", FleetModels.statements),
        (8, "drift", DriftColumns.statements),
        (9, "asked and observed", AskedAndObserved.statements),
    ]

    /// The number of the newest migration, which a database has as its `user_version` once all have run.
    static let schemaVersion = steps.last?.number ?? 0

    /// All migrations, in their order.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for step in steps {
            // No row can point to nothing that did not before, so there is no need to check every row of a large table.
            migrator.registerMigration("\(step.number) \(step.topic)", foreignKeyChecks: .immediate) { db in
                for statement in step.statements { try db.execute(sql: statement) }
                try db.execute(sql: "PRAGMA user_version = \(step.number)")
            }
        }
        return migrator
    }
}
