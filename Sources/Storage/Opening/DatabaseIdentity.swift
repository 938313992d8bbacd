internal import Foundation
internal import GRDB

/// Whose database a file is, found out without changing the file.
enum DatabaseIdentity: Equatable {
    /// There is no file, or it is empty, so it may become Harken's.
    case vacant
    /// It is Harken's, with this schema version.
    case harken(version: Int)

    /// Looks at the file, which SQLite opens as `location`; throws ``StorageFailure/notHarken(path:found:)`` when it is somebody else's.
    init(path: String, location: String, configuration: Configuration) throws(StorageFailure) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let attributes else {
            self = .vacant
            return
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw .notHarken(path: path, found: "not a regular file")
        }
        // A database that was only ever written to its write-ahead log has an empty main file.
        if attributes[.size] as? Int == 0, !Self.hasLog(path) {
            self = .vacant
            return
        }
        var configuration = configuration
        configuration.readonly = true
        do {
            let queue = try DatabaseQueue(path: location, configuration: configuration)
            self = try queue.read { db in
                let applicationID = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
                let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
                if applicationID == Migrations.applicationID { return .harken(version: version) }
                let table = try String.fetchOne(db, sql: "SELECT name FROM sqlite_schema LIMIT 1")
                guard applicationID == 0, version == 0, table == nil else {
                    let content = table.map { "it holds \($0)" } ?? "it is empty"
                    throw StorageFailure.notHarken(
                        path: path, found: "its application id is \(applicationID), \(content)")
                }
                return .vacant
            }
        } catch {
            throw StorageFailure(error, path: path)
        }
    }

    /// Whether a write-ahead log with something in it lies beside the database.
    static func hasLog(_ path: String) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + "-wal")
        return (attributes?[.size] as? Int ?? 0) > 0
    }
}
