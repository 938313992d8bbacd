import Foundation

/// An independent validator of JSON Schema: PyPI's jsonschema, run by `$HARKEN_PYTHON` or else `python3`.
enum SchemaPeer {
    static let absence = "needs python3 with the packages jsonschema and PyYAML (HARKEN_PYTHON names another python)"

    /// Whether the validator is installed.
    static let isAvailable = (try? run(["-c", "import jsonschema, yaml"], input: Data()))?.status == 0

    static let packageRoot = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    struct Failure: Error {
        var output: String
    }

    /// The first error of each document, nil where it is valid. `schema` is a file in `schemas`.
    static func validate(_ documents: [String], schema: String, format: String) throws -> [String?] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "peers/validate.py")
        let request: [String: Any] = [
            "schema": packageRoot.appending(path: "schemas/\(schema)").path, "format": format, "documents": documents,
        ]
        let result = try run([script.path], input: JSONSerialization.data(withJSONObject: request))
        guard result.status == 0, let answers = try JSONSerialization.jsonObject(with: result.output) as? [Any] else {
            throw Failure(output: String(decoding: result.output + result.errors, as: UTF8.self))
        }
        return answers.map { $0 as? String }
    }

    private static func run(_ arguments: [String], input: Data) throws -> (status: Int32, output: Data, errors: Data) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [ProcessInfo.processInfo.environment["HARKEN_PYTHON"] ?? "python3"] + arguments
        // Files and not pipes: no order of reading and writing can then make the two wait for each other.
        let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let (stdin, stdout, stderr) = (
            directory.appending(path: "in"), directory.appending(path: "out"), directory.appending(path: "err")
        )
        try input.write(to: stdin)
        try Data().write(to: stdout)
        try Data().write(to: stderr)
        process.standardInput = try FileHandle(forReadingFrom: stdin)
        process.standardOutput = try FileHandle(forWritingTo: stdout)
        process.standardError = try FileHandle(forWritingTo: stderr)
        try process.run()
        process.waitUntilExit()
        return (process.terminationStatus, try Data(contentsOf: stdout), try Data(contentsOf: stderr))
    }
}
