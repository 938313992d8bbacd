internal import Dispatch
internal import Foundation
internal import GRDB

/// The database: everything that Harken remembers, in one SQLite file.
///
/// One process writes, through one connection; any number read, and neither waits for the other. Every function that
/// writes is one transaction: when it returns, the whole is committed, and when it throws, nothing was changed.
///
/// A write that was begun is finished even when the task that asked for it is cancelled, so that stopping the daemon
/// loses nothing that it had decided to store.
package final class Store: Sendable {
    /// The path of the database file, with symbolic links followed.
    package let path: String
    let pool: DatabasePool
    private let isReadOnly: Bool
    private let lock: WriterLock?

    init(path: String, pool: DatabasePool, lock: WriterLock?) {
        self.path = path
        self.pool = pool
        self.lock = lock
        isReadOnly = lock == nil
    }

    /// Runs `body` in one transaction of the writer connection.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StorageFailure) -> Value {
        guard !isReadOnly else { throw .readOnly(path: path) }
        let path = path
        // GRDB's own async functions roll back when the task is cancelled; its queue knows of no task.
        let result: Result<Value, StorageFailure> = await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { db in
                continuation.resume(
                    returning: Self.attempt(path) {
                        var value: Value?
                        try db.inTransaction(.immediate) {
                            value = try body(db)
                            return .commit
                        }
                        guard let value else { throw StorageFailure.other(path: path, code: 4, cause: "no result") }
                        return value
                    })
            }
        }
        return try result.get()
    }

    /// Runs `body` on a reader connection, on one unchanging state of the database.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StorageFailure) -> Value {
        let path = path
        let result: Result<Value, StorageFailure> = await withCheckedContinuation { continuation in
            pool.asyncRead { access in
                continuation.resume(returning: Self.attempt(path) { try body(access.get()) })
            }
        }
        return try result.get()
    }

    private static func attempt<Value>(_ path: String, _ body: () throws -> Value) -> Result<Value, StorageFailure> {
        do {
            return .success(try body())
        } catch {
            return .failure(StorageFailure(error, path: path))
        }
    }
}
