internal import GRDB

extension StorageFailure {
    /// What an error of SQLite means to somebody who runs Harken.
    init(_ error: any Error, path: String) {
        if let failure = error as? StorageFailure {
            self = failure
            return
        }
        guard let error = error as? DatabaseError else {
            self = .other(path: path, code: 1, cause: "\(error)")
            return
        }
        let cause = error.message ?? "\(error.extendedResultCode)"
        switch error.resultCode {
        case .SQLITE_FULL: self = .diskFull(path: path)
        case .SQLITE_READONLY: self = .readOnly(path: path)
        case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked(path: path)
        case .SQLITE_CORRUPT: self = .corrupt(path: path, cause: cause)
        case .SQLITE_NOTADB: self = .notHarken(path: path, found: cause)
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: self = .cannotOpen(path: path, cause: cause)
        case .SQLITE_IOERR: self = .inputOutput(path: path, cause: "\(cause), \(error.extendedResultCode)")
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG, .SQLITE_RANGE:
            self = .refused(path: path, cause: cause)
        default: self = .other(path: path, code: Int(error.extendedResultCode.rawValue), cause: cause)
        }
    }
}
