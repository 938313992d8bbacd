import Foundation

/// An independent validator of JSON Schema: PyPI's jsonschema, run by `$HARKEN_PYTHON` or else `python3`.
enum SchemaPeer {
    static let absence = "needs python3 with the packages jsonschema and PyYAML (HARKEN_PYTHON names another python)"

    /// Whether the validator is installed.
    static let isAvailable = (try? PythonPeer.run(["-c", "import jsonschema, yaml"], input: Data()))?.status == 0

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
        let result = try PythonPeer.run([script.path], input: JSONSerialization.data(withJSONObject: request))
        guard result.status == 0, let answers = try JSONSerialization.jsonObject(with: result.output) as? [Any] else {
            throw Failure(output: String(decoding: result.output + result.errors, as: UTF8.self))
        }
        return answers.map { $0 as? String }
    }
}
