import Foundation

/// A receiver's own idea of what Alertmanager sends: PyPI's prometheus-alert-model.
enum AlertModelPeer {
    static let absence = "needs python3 with the package prometheus-alert-model (HARKEN_PYTHON names another python)"

    /// Whether the library is installed.
    static let isAvailable = (try? PythonPeer.run(["-c", "import prometheus_alert_model"], input: Data()))?.status == 0

    /// What the model reads of a body.
    struct Answer: Decodable {
        /// `firing` or `resolved`.
        var status: String
        /// For each alert its stream, its status and the year in which it began.
        var alerts: [[Field]]
        /// Whether what the body says is common is what the model finds to be common.
        var common: Bool
    }

    /// A text or a number.
    enum Field: Decodable, Equatable {
        case text(String)
        case number(Int)

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let number = try? value.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try value.decode(String.self))
            }
        }
    }

    /// What the model reads of each body. Throws where it does not take one.
    static func parse(_ bodies: [String]) throws -> [Answer] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "peers/parse.py")
        let result = try PythonPeer.run([script.path], input: JSONEncoder().encode(bodies))
        guard result.status == 0 else {
            throw SchemaPeer.Failure(output: String(decoding: result.output + result.errors, as: UTF8.self))
        }
        return try JSONDecoder().decode([Answer].self, from: result.output)
    }
}
