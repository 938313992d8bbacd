import Foundation

/// Runs a script of the `peers` folder in Python, which gives what an independent implementation makes of generated input.
struct PeerScript {
    var name: String

    /// The file the script wrote to its standard output, line by line, or a word on why there is none.
    enum Outcome {
        case lines([String])
        case unavailable(String)
    }

    func run(_ arguments: [String]) throws -> Outcome {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "peers/\(name)")
        let output = FileManager.default.temporaryDirectory.appending(path: "harken-\(name)-\(UUID().uuidString)")
        try Data().write(to: output)
        defer { try? FileManager.default.removeItem(at: output) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.path] + arguments
        process.standardOutput = try FileHandle(forWritingTo: output)
        try process.run()
        process.waitUntilExit()
        switch process.terminationStatus {
        case 0: break
        case 3: return .unavailable("python3 has no package line-protocol-parser (pip install line-protocol-parser)")
        case 127: return .unavailable("there is no python3")
        default: throw Failure(description: "\(name) ended with status \(process.terminationStatus)")
        }
        let text = try String(contentsOf: output, encoding: .utf8)
        // Only the script's own newlines end a line; JSON escapes those in its strings.
        return .lines(text.split(separator: "\n").map(String.init))
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }
}
