import Daemon

/// The course of an alert, or of a reading, as lines for a terminal.
struct CoursePicture {
    private static let channelLimit = 3
    private static let leastShare = 0.1
    private static let channelHeight = 9
    private static let scoreHeight = 6

    let course: AlertCourse
    let terminal: Terminal
    /// The word for the course's focus, such as `peak`.
    let focus: String

    /// The lines.
    var lines: [String] {
        guard course.readingCount > 0 else { return [] }
        let glyphs = terminal.isUnicode ? TerminalChart.Glyphs.unicode : .ascii
        let chart = TerminalChart(over: course.times, width: terminal.width, glyphs: glyphs)
        var lines: [String] = []
        let channels = course.leadingChannels(limit: Self.channelLimit, leastShare: Self.leastShare)
        for (index, channel) in channels.enumerated() {
            let share = channel.share.map { ", \(Phrase.percent($0)) of the evidence" } ?? ""
            lines.append(terminal.styled(Phrase.printable(channel.name) + share, .bold))
            lines += chart.lines(TerminalChart.Panel(channel), height: Self.channelHeight).map(text)
            lines += chart.timeAxis.map(text) + marks(chart, hasPointers: index == 0) + [""]
        }
        if course.scores.contains(where: \.isFinite) {
            lines.append(terminal.styled("anomaly score", .bold) + ": " + glyphs.legend(isScore: true))
            let panel = TerminalChart.Panel(scores: course.scores, thresholds: course.thresholds)
            lines += chart.lines(panel, height: Self.scoreHeight).map(text)
            lines += chart.timeAxis.map(text)
        } else {
            lines.removeLast()
        }
        return ["legend: " + glyphs.legend(isScore: false), ""] + lines
    }

    /// The alert below a panel; the moments of it are pointed at once, for they are the same in each.
    private func marks(_ chart: TerminalChart, hasPointers: Bool) -> [String] {
        guard hasPointers else { return chart.marks(extent: course.extent, pointers: []).map(text) }
        var pointers: [(moment: Int, text: String)] = []
        if let fired = course.fired { pointers.append((fired, "alert raised \(Phrase.time(course.times[fired]))")) }
        if let place = course.focus { pointers.append((place, "\(focus) \(Phrase.time(course.times[place]))")) }
        return chart.marks(extent: course.extent, pointers: pointers).map(text)
    }

    private func text(_ pieces: [TerminalChart.Piece]) -> String {
        pieces.map { terminal.styled($0.text, Self.style($0.role)) }.joined()
    }

    private static func style(_ role: TerminalChart.Piece.Role) -> Terminal.Style {
        switch role {
        case .plain: .plain
        case .axis, .band: .dim
        case .expected: .green
        case .actual: .blue
        case .odd, .alert: .alarm
        }
    }
}
