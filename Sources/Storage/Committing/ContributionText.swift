internal import AnomalyDetection
internal import Foundation

/// What the channels had to do with an alert, as the JSON text in which it is stored.
enum ContributionText {
    /// The text; a number that JSON cannot say is left out, because an alert has to be stored whatever its numbers are.
    static func encode(_ contributions: [ChannelContribution]) throws -> String {
        let sayable = contributions.map { contribution in
            var contribution = contribution
            contribution.share = contribution.share.isFinite ? contribution.share : 0
            contribution.actual = contribution.actual.flatMap(finite)
            contribution.expected = contribution.expected.flatMap(finite)
            contribution.lower = contribution.lower.flatMap(finite)
            contribution.upper = contribution.upper.flatMap(finite)
            return contribution
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(sayable), as: UTF8.self)
    }

    /// The contributions that a text says.
    static func decode(_ text: String) throws -> [ChannelContribution] {
        try JSONDecoder().decode([ChannelContribution].self, from: Data(text.utf8))
    }

    private static func finite(_ value: Double) -> Double? {
        value.isFinite ? value : nil
    }
}
