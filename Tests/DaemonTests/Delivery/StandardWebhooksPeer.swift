import Foundation

/// A receiver's own check of signatures: PyPI's standardwebhooks, the library of the project that made the standard.
enum StandardWebhooksPeer {
    static let absence = "needs python3 with the package standardwebhooks (HARKEN_PYTHON names another python)"

    /// Whether the library is installed.
    static let isAvailable = (try? PythonPeer.run(["-c", "import standardwebhooks"], input: Data()))?.status == 0

    /// What is wrong with each call, nil where nothing is.
    static func verify(_ calls: [FaultyReceiver.Call], secret: String) throws -> [String?] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "peers/verify.py")
        let request: [String: Any] = [
            "secret": secret, "calls": calls.map { ["headers": $0.headers, "body": $0.body] as [String: Any] },
        ]
        let result = try PythonPeer.run([script.path], input: JSONSerialization.data(withJSONObject: request))
        guard result.status == 0, let answers = try JSONSerialization.jsonObject(with: result.output) as? [Any] else {
            throw SchemaPeer.Failure(output: String(decoding: result.output + result.errors, as: UTF8.self))
        }
        return answers.map { $0 as? String }
    }
}
