import ArgumentParser
import Foundation
import Storage

extension DatabaseOption {
    /// Opens the database for reading and hands it to `body`; says what went wrong and ends with a code of sysexits.h.
    func read(_ body: (Store) async throws -> Void) async throws {
        do {
            try await body(try Store.openReadOnly(path: path))
        } catch let failure as StorageFailure {
            throw Self.exit(with: failure.exitCode, "\(failure)")
        }
    }

    /// What to throw when something that was asked for is not in the database.
    static func missing(_ message: String) -> ExitCode {
        exit(with: 66, message)  // EX_NOINPUT
    }

    /// Says what went wrong; the exit code to throw.
    static func exit(with code: Int32, _ message: String) -> ExitCode {
        FileHandle.standardError.write(Data("harken: \(message)\n".utf8))
        return ExitCode(code)
    }
}

extension StorageFailure {
    /// The code of sysexits.h for a command that cannot do its work because of this.
    var exitCode: Int32 {
        switch self {
        case .missing, .cannotOpen: 66  // EX_NOINPUT
        case .notHarken, .tooNew, .tooOld, .corrupt: 65  // EX_DATAERR
        case .inUse, .locked: 75  // EX_TEMPFAIL
        case .readOnly: 77  // EX_NOPERM
        case .diskFull, .inputOutput: 74  // EX_IOERR
        case .refused, .other: 70  // EX_SOFTWARE
        }
    }
}
