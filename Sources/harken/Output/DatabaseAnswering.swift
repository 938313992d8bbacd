import ArgumentParser
import Daemon
import Foundation
import Storage

extension DatabaseOption {
    /// Opens the database to say something to it, whether a daemon runs or not; says what went wrong and ends with a code of
    /// sysexits.h.
    func answer(_ body: (AnswerWriter) async throws -> Void) async throws {
        do {
            try await body(try AnswerWriter(path: path))
        } catch let failure as StorageFailure {
            throw Self.exit(with: failure.exitCode, "\(failure)")
        }
    }

    /// Has something done by the daemon that runs on the database, or by `here` where none does; prints what came of it.
    ///
    /// - Throws: the exit code for what could not be done.
    func perform(
        _ action: PersonRequest.Action, on subject: Int64, here: (Store) async throws -> String
    ) async throws {
        do {
            let store: Store
            do {
                store = try Store(path: path)
            } catch .inUse {
                print(try await askDaemon(action, subject))
                return
            }
            print(try await here(store))
        } catch let failure as StorageFailure {
            throw Self.exit(with: failure.exitCode, "\(failure)")
        }
    }

    /// A daemon answers within a second; one that is busy with a full disk does not.
    private func askDaemon(_ action: PersonRequest.Action, _ subject: Int64) async throws -> String {
        let request = try AnswerWriter(path: path).ask(action, subject: subject, at: WallClock.now())
        let reader = try Store.openReadOnly(path: path)
        for _ in 0..<100 {
            if let outcome = try await reader.outcome(ofRequest: request) { return outcome }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Self.exit(with: 75, "the daemon has not answered for 10 s; it does what was asked for when it can")
    }
}
