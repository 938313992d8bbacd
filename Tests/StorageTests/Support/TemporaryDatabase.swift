import Foundation
import GRDB
import Glibc
import Storage

/// A path for a database in a directory of its own, which goes away when the tests end.
struct TemporaryDatabase {
    let directory: URL
    let path: String

    /// The directory of all databases of this run. It outlives every store, whatever order things are let go of.
    private static let root: URL = {
        atexit { try? FileManager.default.removeItem(at: TemporaryDatabase.root) }
        return FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
            .appendingPathComponent("harken-storage-tests-\(ProcessInfo.processInfo.processIdentifier)")
    }()

    init() throws {
        directory = Self.root.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        path = directory.appendingPathComponent("harken.db").path
    }

    /// Opens the store that writes to the database.
    func open(busyTimeout: Duration = .seconds(5), pageLimit: Int? = nil) throws -> Store {
        try Store(path: path, busyTimeout: busyTimeout, pageLimit: pageLimit)
    }

    /// Runs SQL past the store, on a connection of its own.
    func execute(_ sql: String) throws {
        try DatabaseQueue(path: path).writeWithoutTransaction { db in try db.execute(sql: sql) }
    }

    /// The rows of a query, each as its values in SQLite's text.
    func rows(_ sql: String) throws -> [[String]] {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration).read { db in
            try Row.fetchAll(db, sql: sql).map { row in
                row.databaseValues.map { value in String.fromDatabaseValue(value) ?? "\(value)" }
            }
        }
    }

    /// The first value of a query.
    func value(_ sql: String) throws -> String? {
        try rows(sql).first?.first
    }
}
