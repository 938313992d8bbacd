internal import GRDB
internal import GRDBSQLite

/// A prepared statement that is run for every reading, bound and stepped without GRDB's argument values.
///
/// Those cost several heap objects a row, which made up two thirds of the time that it takes to store a reading. Only the
/// statements of the hot path are worth this; everything else goes through GRDB.
@safe struct FastStatement {
    private let statement: Statement
    private let handle: OpaquePointer
    private let database: Database

    /// The statement for this SQL, which is prepared once for a connection.
    init(_ sql: String, in db: Database) throws {
        statement = try db.cachedStatement(sql: sql)
        unsafe handle = statement.sqliteStatement
        database = db
    }

    /// Binds a whole number to the parameter at this place, counted from 1.
    func bind(_ value: Int64, at place: Int32) throws {
        // SAFETY: `statement` keeps the handle alive, and only the connection's own queue uses it. SQLite checks the place.
        try check(unsafe sqlite3_bind_int64(handle, place, value))
    }

    /// Binds a number to the parameter at this place, counted from 1; NaN is bound as null.
    func bind(_ value: Double, at place: Int32) throws {
        // SAFETY: as above.
        try check(unsafe sqlite3_bind_double(handle, place, value))
    }

    /// Binds a short text, of which SQLite makes a copy, to the parameter at this place, counted from 1.
    func bind(_ text: String, at place: Int32) throws {
        // SAFETY: as above; SQLITE_TRANSIENT has SQLite copy the bytes before the call returns.
        try unsafe text.utf8Span.span.withUnsafeBufferPointer { bytes in
            try unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                try check(
                    unsafe sqlite3_bind_text(
                        handle, place, characters.baseAddress, Int32(clamping: characters.count),
                        unsafeBitCast(-1, to: sqlite3_destructor_type.self)))
            }
        }
    }

    /// Binds null to the parameter at this place, counted from 1.
    func bindNull(at place: Int32) throws {
        // SAFETY: as above.
        try check(unsafe sqlite3_bind_null(handle, place))
    }

    /// Runs the statement with a text for the parameter at this place, and the other parameters as they are bound.
    func run(text: borrowing String, at place: Int32) throws {
        // SAFETY: SQLite does not copy the text, so it is bound, used and taken away again while the span's memory is
        // borrowed; the count is that of the memory.
        try unsafe text.utf8Span.span.withUnsafeBufferPointer { bytes in
            try unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
                try check(
                    unsafe sqlite3_bind_text(
                        handle, place, characters.baseAddress, Int32(clamping: characters.count), nil))
                defer { unsafe _ = sqlite3_bind_null(handle, place) }
                try run()
            }
        }
    }

    /// Runs the statement with the parameters as they are bound.
    func run() throws {
        // SAFETY: as above.
        let code = unsafe sqlite3_step(handle)
        // The reset keeps the code and the message of a step that failed.
        unsafe sqlite3_reset(handle)
        guard code == SQLITE_DONE else { throw failure(code) }
    }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK else { throw failure(code) }
    }

    private func failure(_ code: Int32) -> DatabaseError {
        DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    }
}
