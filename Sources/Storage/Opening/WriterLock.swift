internal import Foundation
internal import Glibc

/// The right to be the one process that writes to a database: an advisory lock on a file beside it.
///
/// The operating system lets go of it when the process ends, however it ends. The file stays; it holds the number of the
/// process that last had the lock.
final class WriterLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock, or throws ``StorageFailure/inUse(path:processID:)``.
    init(databasePath: String) throws(StorageFailure) {
        let path = databasePath + ".lock"
        // SAFETY: `open` reads the path up to its end, and Swift passes a terminated copy that outlives the call.
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .cannotOpen(path: path, cause: Self.describe(errno))
        }
        // The lock belongs to this opening of the file, so a second one in the same process is refused too.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let cause = errno
            close(descriptor)
            guard cause == EWOULDBLOCK else { throw .cannotOpen(path: path, cause: Self.describe(cause)) }
            let holder = (try? String(contentsOfFile: path, encoding: .utf8)).flatMap { text in
                Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
            }
            throw .inUse(path: databasePath, processID: holder)
        }
        self.descriptor = descriptor
        let note = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        // A full disk must not keep the daemon from starting, and the lock holds without the note.
        try? note.truncate(atOffset: 0)
        try? note.write(contentsOf: Data("\(getpid())\n".utf8))
    }

    deinit {
        close(descriptor)
    }

    private static func describe(_ code: Int32) -> String {
        POSIXErrorCode(rawValue: code).map { POSIXError($0).localizedDescription } ?? "error \(code)"
    }
}
