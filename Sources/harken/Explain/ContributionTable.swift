import AnomalyDetection
import Daemon

/// What each channel had to do with a score, as a table for a terminal.
struct ContributionTable {
    private static let shareBarWidth = 20
    /// Channels that had next to nothing to do with it are only counted.
    private static let leastShare = 0.005
    private static let rowLimit = 12

    /// The table, line by line.
    let lines: [String]

    /// The table of channels, in their order.
    init(_ contributions: [ChannelContribution], terminal: Terminal) {
        var table = TextTable([
            .text("CHANNEL"), .number("SHARE"), .text(""), .number("ACTUAL"), .number("EXPECTED"),
            .text("NORMAL RANGE (99 %)"),
        ])
        let shown = contributions.prefix(Self.rowLimit).prefix { $0.share >= Self.leastShare }
        for contribution in shown.isEmpty ? contributions.prefix(1) : shown {
            table.append([
                contribution.channel, Phrase.percent(contribution.share), Self.bar(contribution.share, terminal),
                contribution.actual.map(Phrase.number) ?? "missing", Phrase.number(contribution.expected),
                Self.band(contribution) ?? Phrase.nothing,
            ])
        }
        let rest = contributions.count - max(1, shown.count)
        lines =
            table.lines(on: terminal).map { "  " + $0 }
            + (rest > 0 ? ["  and \(Phrase.count(rest, "channel")) with less"] : [])
    }

    private static func bar(_ share: Double, _ terminal: Terminal) -> String {
        let length = Int((min(max(share, 0), 1) * Double(shareBarWidth)).rounded())
        let (full, empty) = terminal.isUnicode ? ("█", "·") : ("#", ".")
        return String(repeating: full, count: length) + String(repeating: empty, count: shareBarWidth - length)
    }

    private static func band(_ contribution: ChannelContribution) -> String? {
        guard let lower = contribution.lower, let upper = contribution.upper else { return nil }
        return lower == upper ? Phrase.number(lower) : "\(Phrase.number(lower)) to \(Phrase.number(upper))"
    }
}
