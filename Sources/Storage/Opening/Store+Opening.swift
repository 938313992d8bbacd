internal import Foundation
internal import GRDB
internal import GRDBSQLite

extension Store {
    /// Opens the database for writing; makes it where there is none, and upgrades it where it is older.
    ///
    /// - Parameters:
    ///   - path: the database file; its directory has to exist.
    ///   - busyTimeout: how long to wait for others who hold a lock.
    ///   - pageLimit: the most pages of 4,096 bytes that the file may have; nil leaves it to the disk.
    /// - Throws: ``StorageFailure/inUse(path:processID:)`` when another process, or this one, has it open for writing, and
    ///   whatever else keeps it from being opened.
    package convenience init(
        path: String, busyTimeout: Duration = .seconds(5), pageLimit: Int? = nil
    ) throws(StorageFailure) {
        let path = Self.resolve(path)
        var configuration = Self.configuration(busyTimeout: busyTimeout)
        // Whose file it is comes before the lock, so that nothing is left beside a file that is somebody else's.
        try Self.check(DatabaseIdentity(path: path, location: path, configuration: configuration), path: path)
        let lock = try WriterLock(databasePath: path)
        configuration.prepareDatabase { db in
            guard !db.configuration.readonly else { return }
            try Self.keepLogFiles(db, path: path)
            // Streams interleave, so a commit touches a page for each; 2 MB of cache, the default, would thrash.
            try db.execute(sql: "PRAGMA cache_size = -16384")
            if let pageLimit { try db.execute(sql: "PRAGMA max_page_count = \(pageLimit)") }
        }
        let pool: DatabasePool
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            try Migrations.migrator.migrate(pool)
        } catch {
            throw StorageFailure(error, path: path)
        }
        self.init(path: path, pool: pool, lock: lock)
    }

    /// Opens the database for reading only, whether a daemon writes to it at the time or not.
    ///
    /// - Throws: ``StorageFailure/missing(path:)``, or what makes it unreadable; every function that writes throws
    ///   ``StorageFailure/readOnly(path:)`` afterwards.
    package static func openReadOnly(
        path: String, busyTimeout: Duration = .seconds(5)
    ) throws(StorageFailure) -> Store {
        let path = resolve(path)
        guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
        var configuration = configuration(busyTimeout: busyTimeout)
        configuration.readonly = true
        do {
            return try openReadOnly(path: path, location: path, configuration: configuration)
        } catch {
            // A log that does not exist cannot be made by a user who may not write to the directory. Then nobody writes
            // to the database, or SQLite would have left the log there, and it can be read without one.
            guard case .readOnly = error else { throw error }
            guard !DatabaseIdentity.hasLog(path), let location = immutableLocation(path) else {
                throw .cannotOpen(path: path, cause: "its write-ahead log can be neither read nor made")
            }
            return try openReadOnly(path: path, location: location, configuration: configuration)
        }
    }

    private static func openReadOnly(
        path: String, location: String, configuration: Configuration
    ) throws(StorageFailure) -> Store {
        switch try DatabaseIdentity(path: path, location: location, configuration: configuration) {
        case .vacant:
            throw .notHarken(path: path, found: "it is empty")
        case .harken(let version):
            try check(.harken(version: version), path: path)
            guard version == Migrations.schemaVersion else {
                throw .tooOld(path: path, version: version, supported: Migrations.schemaVersion)
            }
        }
        do {
            return Store(path: path, pool: try DatabasePool(path: location, configuration: configuration), lock: nil)
        } catch {
            throw StorageFailure(error, path: path)
        }
    }

    /// The file as something that SQLite opens without locks and without a log.
    private static func immutableLocation(_ path: String) -> String? {
        path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed).map { "file:\($0)?immutable=1" }
    }

    /// Makes or upgrades the database at this path and closes it again.
    package static func migrate(path: String) throws(StorageFailure) {
        _ = try Store(path: path)
    }

    private static func check(_ identity: DatabaseIdentity, path: String) throws(StorageFailure) {
        guard case .harken(let version) = identity, version > Migrations.schemaVersion else { return }
        throw .tooNew(path: path, version: version, supported: Migrations.schemaVersion)
    }

    private static func configuration(busyTimeout: Duration) -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(
            Double(busyTimeout.components.seconds) + Double(busyTimeout.components.attoseconds) / 1e18)
        configuration.maximumReaderCount = 4
        configuration.label = "harken"
        return configuration
    }

    /// Keeps the write-ahead log and its index beside the database after the last connection is closed, so that users who
    /// may not write to the directory can still read the database.
    private static func keepLogFiles(_ db: Database, path: String) throws {
        var keep: CInt = 1
        // SAFETY: for this operation SQLite reads and writes one C int through the pointer, during the call only.
        let code = unsafe withUnsafeMutablePointer(to: &keep) { flag in
            unsafe sqlite3_file_control(db.sqliteConnection, nil, SQLITE_FCNTL_PERSIST_WAL, flag)
        }
        guard code == SQLITE_OK else {
            throw StorageFailure.other(path: path, code: Int(code), cause: "the write-ahead log cannot be kept")
        }
    }

    /// Two names of one file must share one lock.
    private static func resolve(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    }
}
