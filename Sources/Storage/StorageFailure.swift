/// Why the database could not do what was asked.
///
/// Nothing is half done when one is thrown: the transaction that failed has been rolled back, and the same content can be
/// committed again once the cause is gone.
package enum StorageFailure: Error, Equatable {
    /// There is no file, and none was to be made.
    case missing(path: String)
    /// The file is there but is not Harken's.
    case notHarken(path: String, found: String)
    /// The file was written by a newer Harken.
    case tooNew(path: String, version: Int, supported: Int)
    /// The file was written by an older Harken and cannot be upgraded, because it is only read.
    case tooOld(path: String, version: Int, supported: Int)
    /// Another process writes to the file, or this one does already.
    case inUse(path: String, processID: Int?)
    /// The file cannot be opened or made.
    case cannotOpen(path: String, cause: String)
    /// The disk, or the size that the database may have, is used up.
    case diskFull(path: String)
    /// The file is only read, or may not be written to.
    case readOnly(path: String)
    /// Somebody else held the lock for longer than the busy timeout.
    case locked(path: String)
    /// The content of the file is damaged.
    case corrupt(path: String, cause: String)
    /// The operating system failed to read or write.
    case inputOutput(path: String, cause: String)
    /// What was to be stored contradicts what is stored; a bug in Harken or a database that others changed.
    case refused(path: String, cause: String)
    /// Anything else that SQLite says.
    case other(path: String, code: Int, cause: String)
}

extension StorageFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let path):
            "there is no database at \(path); name one with --database, or let `harken run` make it"
        case .notHarken(let path, let found):
            "\(path) is not a Harken database (\(found)); name another file with --database"
        case .tooNew(let path, let version, let supported):
            "\(path) has schema version \(version), this program knows versions up to \(supported); use a newer harken"
        case .tooOld(let path, let version, let supported):
            "\(path) has schema version \(version), this program reads \(supported); "
                + "start `harken run` on it once, which upgrades it"
        case .inUse(let path, let processID):
            "\(path) is in use by another harken" + (processID.map { " (process \($0))" } ?? "")
                + "; a database has one writer: stop that one, or name another file with --database"
        case .cannotOpen(let path, let cause):
            "cannot open \(path): \(cause); check that its directory exists, and the permissions of both"
        case .diskFull(let path):
            "no room left to write to \(path); free some space on its disk, and writing goes on"
        case .readOnly(let path):
            "\(path) cannot be written to; check the permissions of the file, of its directory and of the file system"
        case .locked(let path):
            "\(path) stayed locked for longer than the busy timeout; look for a program that holds a write transaction on it"
        case .corrupt(let path, let cause):
            "\(path) is damaged (\(cause)); restore a backup, or save what can be read with `sqlite3 \(path) .recover`"
        case .inputOutput(let path, let cause):
            "reading or writing \(path) failed (\(cause)); check the disk and the system log"
        case .refused(let path, let cause):
            "\(path) refused a row (\(cause)); it contradicts what is stored"
        case .other(let path, let code, let cause):
            "the database \(path) failed with SQLite code \(code): \(cause)"
        }
    }
}
