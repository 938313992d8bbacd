import AnomalyDetection
import Daemon
import Testing

struct TerminalChartTests {
    private static let start = Timestamp(nanoseconds: 1_767_225_600_000_000_000)

    private func times(_ count: Int) -> [Timestamp] {
        (0..<count).map { Self.start.advanced(byNanoseconds: Int64($0) * 1_000_000_000) }
    }

    /// A channel around 10 that leaves its band for three moments, with one reading missing.
    private static let channel: AlertCourse.Channel = {
        var channel = AlertCourse.Channel(name: "flow", share: 1, momentCount: 20)
        channel.expected = [Double](repeating: 10, count: 20)
        channel.lower = [Double](repeating: 9, count: 20)
        channel.upper = [Double](repeating: 11, count: 20)
        channel.actual = (0..<20).map { 12...14 ~= $0 ? 14 : $0 == 5 ? .nan : 10 }
        return channel
    }()

    private func text(_ lines: [[TerminalChart.Piece]]) -> String {
        lines.map { $0.map(\.text).joined() }.joined(separator: "\n")
    }

    private func picture(_ glyphs: TerminalChart.Glyphs) -> String {
        let chart = TerminalChart(over: times(20), width: 31, glyphs: glyphs)
        let panel = chart.lines(TerminalChart.Panel(Self.channel), height: 7)
        let marks = chart.marks(extent: 12...14, pointers: [(13, "peak")])
        return text(panel + chart.timeAxis + marks)
    }

    @Test func `a channel is drawn against its band, with axes and the alert`() {
        #expect(
            picture(.unicode) == """
                      14 ┤            ███
                         │
                      12 ┤
                         │
                         │░░░░░░░░░░░░░░░░░░░░
                      10 ┤•••••─••••••───•••••
                         │░░░░░░░░░░░░░░░░░░░░
                         └┬─────────┬─────────
                        01-01   00:00:10
                    alert             ━━━
                                       ▲ peak
                """)
    }

    @Test func `without Unicode the same picture is drawn with ASCII`() {
        let picture = picture(.ascii)
        #expect(picture.utf8.count == picture.count)
        #expect(
            picture.contains("###") && picture.contains(":::") && picture.contains("ooo") && picture.contains("==="))
    }

    @Test func `a line is never wider than asked for, and a spike never lost, however long the course`() {
        var channel = AlertCourse.Channel(name: "flow", share: 1, momentCount: 50_000)
        for moment in channel.actual.indices {
            (channel.actual[moment], channel.expected[moment]) = (moment == 31_234 ? 40 : 10, 10)
            (channel.lower[moment], channel.upper[moment]) = (9, 11)
        }
        for width in [40, 80, 133] {
            let chart = TerminalChart(over: times(50_000), width: width, glyphs: .unicode)
            let lines =
                chart.lines(TerminalChart.Panel(channel), height: 8) + chart.timeAxis
                + chart.marks(extent: 31_000...49_999, pointers: [(31_234, "peak"), (49_990, "the end of it all")])
            let texts = lines.map { $0.map(\.text).joined() }
            #expect(texts.allSatisfy { $0.count <= width }, "\(texts.map(\.count))")
            #expect(texts[0].contains("█") || texts[1].contains("█"))
        }
    }

    @Test func `scores are not normal from the threshold on`() {
        let scores = [0.5, 1, 3, 4, 2]
        let panel = TerminalChart.Panel(scores: scores, thresholds: [3, 3, 3, 3, 3])
        let chart = TerminalChart(over: times(5), width: 40, glyphs: .ascii)
        let odd = chart.lines(panel, height: 6).joined().filter { $0.role == .odd }
        // Five columns and more stand for each of the two moments.
        #expect(odd.reduce(0) { $0 + $1.text.count } >= 10)
    }

    @Test func `without moments there is nothing to draw`() {
        let chart = TerminalChart(over: [], width: 80, glyphs: .unicode)
        #expect(chart.timeAxis.isEmpty)
        #expect(text(chart.marks(extent: nil, pointers: [])).isEmpty)
    }
}

struct TimeTicksTests {
    private static let start = Timestamp(nanoseconds: 1_767_225_600_000_000_000)
    private static let cases: [(seconds: Double, limit: Int, texts: [String])] = [
        (20, 3, ["01-01", "00:00:10", "00:00:20"]), (600, 4, ["01-01", "00:05", "00:10"]),
        (0.5, 3, ["01-01", "00:00:00.2", "00:00:00.4"]),
        (3 * 86_400, 4, ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]),
    ]
    private static let spans: [Int64] = [1, 1_000, 59_999_999_999, 86_400_000_000_000 * 400, 4_000_000_000_000_000_000]

    @Test(arguments: cases) func `ticks are round times`(seconds: Double, limit: Int, texts: [String]) {
        let ticks = TimeTicks(
            from: Self.start, to: Self.start.advanced(byNanoseconds: Int64(seconds * 1e9)), limit: limit)
        // Midnight is told by its date.
        #expect(ticks.times.map(ticks.text) == texts)
    }

    @Test(arguments: spans) func `there are never more than asked for`(span: Int64) {
        for offset: Int64 in [0, 1, 999_999_937] {
            let first = Self.start.advanced(byNanoseconds: offset)
            let ticks = TimeTicks(from: first, to: first.advanced(byNanoseconds: span), limit: 5)
            #expect(ticks.times.count <= 6)
            #expect(ticks.times.allSatisfy { $0 >= first && $0 <= first.advanced(byNanoseconds: span) })
        }
    }
}
