import Foundation

/// The sqlite3 program, which brings a CSV into a plain table as fast as SQLite goes by itself.
struct SQLiteShell {
    private let program: URL

    /// The program that is found on the PATH; nil where it is not installed.
    init?() {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let programs = folders.map { URL(filePath: String($0)).appending(path: "sqlite3") }
        guard let found = programs.first(where: { FileManager.default.isExecutableFile(atPath: $0.path()) }) else {
            return nil
        }
        program = found
    }

    /// Imports a CSV with a header into a table of a new database, and waits until that is done.
    func importCSV(_ file: URL, into database: URL) async throws {
        let process = Process()
        process.executableURL = program
        process.arguments = [
            "-bail", database.path(), ".import --csv \"\(file.path())\" reading",
        ]
        process.standardInput = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        guard status == 0 else {
            throw BenchmarkFailure(
                description: "\(program.path()) could not import \(file.path()) (exit code \(status))")
        }
    }
}

/// Why a benchmark could not be carried out.
struct BenchmarkFailure: Error, CustomStringConvertible {
    let description: String
}
