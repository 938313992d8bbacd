import Foundation

/// A bash in a temporary folder, with the built `harken` on its PATH; the folder is removed with the last reference.
final class Shell: Sendable {
    /// What a script did.
    struct Result {
        let exitCode: Int32
        /// What it wrote to standard output.
        let output: String
        /// What it wrote to standard error.
        let errors: String
    }

    /// The root of the package.
    static let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The built program: beside the running tests, unless HARKEN_BINARY names another.
    static let harken: URL = {
        if let path = ProcessInfo.processInfo.environment["HARKEN_BINARY"] { return URL(filePath: path) }
        return URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "harken")
    }()

    /// Python that goes on as another program, with no signal blocked or ignored.
    ///
    /// Tests run on threads of a pool that blocks signals, and a process inherits that from the thread that starts it: SIGTERM
    /// would not reach it.
    private static let unblockingSignals = """
        import os, signal, sys
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # which Python ignores
        os.execvp(sys.argv[1], sys.argv[1:])
        """

    /// The temporary folder, in which scripts start. It has the package's `deploy` folder in it.
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "harken-\(UUID().uuidString)")
        let programs = folder.appending(path: ".bin")
        try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: programs.appending(path: "harken"), withDestinationURL: Self.harken)
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "deploy"), withDestinationURL: Self.packageRoot.appending(path: "deploy"))
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Runs a script with bash's strict settings and without input.
    ///
    /// Output goes through files, so that a process which the script leaves behind does not hold the test up. A script that
    /// hangs is ended after ten minutes, far longer than any takes, with exit code 124.
    func run(_ script: String) throws -> Result {
        let (output, errors) = (folder.appending(path: ".output"), folder.appending(path: ".errors"))
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["python3", "-c", Self.unblockingSignals]
            + ["timeout", "--kill-after=10", "600", "bash", "-euo", "pipefail", "-c", script]
        process.currentDirectoryURL = folder
        var environment = ProcessInfo.processInfo.environment
        environment["PATH"] = folder.appending(path: ".bin").path() + ":" + (environment["PATH"] ?? "/usr/bin:/bin")
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        for file in [output, errors] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        return Result(
            exitCode: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }

    /// The text of a file in the folder.
    func text(of name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }
}
