package import AnomalyDetection
internal import GRDB

/// Says to a database, beside the daemon that writes to it, what people say: each a short transaction on people's own views, as
/// the `sqlite3` shell would make it.
package final class AnswerWriter: Sendable {
    private let path: String
    private let queue: DatabaseQueue

    /// Opens a database that exists. Waits up to `busyTimeout` for the daemon where it writes at the time.
    package init(path: String, busyTimeout: Duration = .seconds(5)) throws(StorageFailure) {
        // Opening for reading says what is wrong with the file, if anything is.
        let checked = try Store.openReadOnly(path: path)
        self.path = checked.path
        var configuration = Configuration()
        configuration.busyMode = .timeout(Double(busyTimeout.components.seconds))
        configuration.label = "harken-answers"
        do {
            queue = try DatabaseQueue(path: checked.path, configuration: configuration)
        } catch {
            throw StorageFailure(error, path: checked.path)
        }
    }

    /// Says what an alert was; the newest word counts. Returns whether there is such an alert.
    package func judge(_ alert: Int64, _ verdict: AlertVerdict.Verdict, note: String?) throws(StorageFailure) -> Bool {
        try write { db in
            guard try Bool.fetchOne(db, sql: "SELECT 1 FROM alert WHERE id = ?", arguments: [alert]) != nil else {
                return false
            }
            try db.execute(
                sql: "INSERT INTO feedback (alert_id, verdict, note) VALUES (?, ?, ?)",
                arguments: [alert, verdict.rawValue, note])
            return true
        }
    }

    /// Adds a time in which nobody is told of some streams' alerts; `now` is when somebody said so.
    package func add(
        _ kind: QuietPeriod.Kind, streamPattern: String, start: Timestamp, end: Timestamp?, reason: String?,
        at now: Timestamp
    ) throws(StorageFailure) -> Int64 {
        try write { db in
            try db.execute(
                sql: """
                    INSERT INTO \(kind.rawValue) (
                        stream_pattern, starts_ns, ends_ns, reason, created_ns)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [streamPattern, start.nanoseconds, end?.nanoseconds, reason, now.nanoseconds])
            return db.lastInsertedRowID
        }
    }

    /// Ends a time of a kind; returns whether there is one with this number that has not ended by then.
    package func end(_ kind: QuietPeriod.Kind, _ id: Int64, at time: Timestamp) throws(StorageFailure) -> Bool {
        try write { db in
            try db.execute(
                sql: """
                    UPDATE \(kind.rawValue) SET ends_ns = max(?1, starts_ns)
                    WHERE id = ?2 AND (ends_ns IS NULL OR ends_ns > ?1)
                    """,
                arguments: [time.nanoseconds, id])
            return db.changesCount == 1
        }
    }

    /// Asks the daemon for something; returns the request's number. `now` is when somebody asked.
    package func ask(
        _ action: PersonRequest.Action, subject: Int64, at now: Timestamp
    ) throws(StorageFailure) -> Int64 {
        try write { db in
            try db.execute(
                sql: "INSERT INTO request (action, subject, created_ns) VALUES (?, ?, ?)",
                arguments: [action.rawValue, subject, now.nanoseconds])
            return db.lastInsertedRowID
        }
    }

    private func write<Value>(_ body: (Database) throws -> Value) throws(StorageFailure) -> Value {
        do {
            return try queue.write(body)
        } catch {
            throw StorageFailure(error, path: path)
        }
    }
}
