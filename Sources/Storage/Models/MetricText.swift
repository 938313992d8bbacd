internal import Foundation

/// The numbers behind a decision, as the JSON text in which they are stored.
enum MetricText {
    /// The text; a number that JSON cannot say is null, because a decision has to be stored whatever its numbers are.
    static func encode(_ metrics: [String: Double]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let sayable = metrics.mapValues { $0.isFinite ? $0 : nil }
        return String(decoding: try encoder.encode(sayable), as: UTF8.self)
    }

    /// The numbers that a text says; null is NaN.
    static func decode(_ text: String) throws -> [String: Double] {
        try JSONDecoder().decode([String: Double?].self, from: Data(text.utf8)).mapValues { $0 ?? .nan }
    }
}
