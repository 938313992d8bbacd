import Foundation

/// The `sqlite3` program on a database, as somebody at a terminal would use it: lines go in, answers come out.
final class Shell {
    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    /// Starts the program.
    init(_ path: String) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sqlite3", path]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    /// Runs statements and gives what they print.
    func run(_ sql: String) throws -> String {
        let end = "-- end \(UUID().uuidString)"
        try input.fileHandleForWriting.write(contentsOf: Data("\(sql)\n.print '\(end)'\n".utf8))
        var answer = ""
        while !answer.contains(end) {
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { break }
            answer += String(decoding: data, as: UTF8.self)
        }
        return answer.replacingOccurrences(of: end, with: "").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
