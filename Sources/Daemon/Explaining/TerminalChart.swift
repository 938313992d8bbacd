package import AnomalyDetection

/// Numbers over time drawn with characters: what was read against what was expected and its band, with axes, and below them
/// where the alert was.
package struct TerminalChart: Sendable {
    /// A stretch of a line, and what it stands for.
    package struct Piece: Sendable, Equatable {
        /// What the characters stand for, by which they may be colored.
        package enum Role: Sendable {
            case plain, axis, band, expected, actual, odd, alert
        }

        /// The characters.
        package var text: String
        /// What they stand for.
        package var role: Role
    }

    /// What a panel shows, a number for each moment; NaN where there is none.
    package struct Panel: Sendable {
        /// What was read.
        package var actual: [Double]
        /// What was expected.
        package var expected: [Double]
        /// The lower edge of the band of what is normal.
        package var lower: [Double]
        /// The upper edge of that band.
        package var upper: [Double]
        /// Whether the numbers are anomaly scores, and what is expected of them is to lie below.
        var isScore: Bool

        /// A channel.
        package init(_ channel: AlertCourse.Channel) {
            actual = channel.actual
            (expected, lower, upper) = (channel.expected, channel.lower, channel.upper)
            isScore = false
        }

        /// Scores with the thresholds that they are held against.
        package init(scores: [Double], thresholds: [Double]) {
            actual = scores
            expected = thresholds
            lower = [Double](repeating: .nan, count: scores.count)
            upper = thresholds
            isScore = true
        }

        /// Whether a moment's number is not normal.
        fileprivate func isOdd(_ moment: Int) -> Bool { isHigh(moment) || isLow(moment) }
        fileprivate func isHigh(_ moment: Int) -> Bool {
            isScore ? actual[moment] >= upper[moment] : actual[moment] > upper[moment]
        }
        fileprivate func isLow(_ moment: Int) -> Bool { actual[moment] < lower[moment] }
    }

    /// The characters to draw with.
    package struct Glyphs: Sendable, Equatable {
        let actual, odd, expected, band, vertical, corner, horizontal, tick, mark, extent, pointer: Character

        /// For terminals that show Unicode.
        package static let unicode = Glyphs(
            actual: "•", odd: "█", expected: "─", band: "░", vertical: "│", corner: "└", horizontal: "─", tick: "┬",
            mark: "┤", extent: "━", pointer: "▲")
        /// For all others.
        package static let ascii = Glyphs(
            actual: "o", odd: "#", expected: "-", band: ":", vertical: "|", corner: "+", horizontal: "-", tick: "+",
            mark: "+", extent: "=", pointer: "^")

        /// What the characters mean, with the word for what is expected; `isScore` for a panel of scores.
        package func legend(isScore: Bool) -> String {
            isScore
                ? "\(actual) below and \(odd) over the threshold \(expected)"
                : "\(actual) normal, \(odd) not normal, \(expected) expected, \(band) normal range"
        }
    }

    private static let gutter = 10
    private static let leastColumns = 20

    private let glyphs: Glyphs
    private let times: [Timestamp]
    private let columnCount: Int
    /// How many columns a moment takes, where there are more columns than moments.
    private let columnsPerMoment: Int

    /// A chart over moments in lines of so many characters.
    package init(over times: [Timestamp], width: Int, glyphs: Glyphs) {
        self.glyphs = glyphs
        self.times = times
        let room = max(Self.leastColumns, width - Self.gutter - 1)
        columnsPerMoment = times.isEmpty ? 1 : max(1, room / times.count)
        columnCount = times.isEmpty ? 0 : min(room, times.count * columnsPerMoment)
    }

    // MARK: Panels

    /// The lines of a panel of so many rows, the highest number first, with the numbers of the axis on the left.
    package func lines(_ panel: Panel, height: Int) -> [[Piece]] {
        let box = ChartBox(x: 0, y: 0, width: 1, height: Double(height - 1))
        let scale = Self.scale(panel, in: box)
        var cells = [[Cell]](repeating: [Cell](repeating: Cell(), count: columnCount), count: height)
        for column in 0..<columnCount { draw(panel, column, scale, &cells) }
        var labels: [Int: String] = [:]
        for tick in scale.ticks { labels[Self.row(tick, scale, height)] = ChartScale.text(tick) }
        return cells.enumerated().map { row, cells in
            let label = labels[row].map { Self.padded($0, Self.gutter - 2) + " \(glyphs.mark)" }
            return [Piece(text: label ?? Self.padded("", Self.gutter - 1) + String(glyphs.vertical), role: .axis)]
                + Self.joined(cells)
        }
    }

    private struct Cell {
        var character: Character = " "
        var role = Piece.Role.plain
    }

    private static func scale(_ panel: Panel, in box: ChartBox) -> ChartScale {
        if panel.isScore {
            let highest = (panel.actual + panel.expected).lazy.filter(\.isFinite).max() ?? 0
            return ChartScale(scoresUpTo: highest, in: box)
        }
        return ChartScale(linear: panel.actual + panel.expected + panel.lower + panel.upper, in: box)
    }

    /// The moments that a column stands for.
    private func moments(of column: Int) -> Range<Int> {
        let count = times.count * columnsPerMoment
        let (first, next) = (column * count / columnCount, (column + 1) * count / columnCount)
        return first / columnsPerMoment..<max(first + columnsPerMoment, next) / columnsPerMoment
    }

    private func column(of moment: Int) -> Int {
        min(columnCount - 1, moment * columnCount / times.count + (columnsPerMoment - 1) / 2)
    }

    private static func row(_ number: Double, _ scale: ChartScale, _ height: Int) -> Int {
        min(max(Int(scale.y(number).rounded()), 0), height - 1)
    }

    private func draw(_ panel: Panel, _ column: Int, _ scale: ChartScale, _ cells: inout [[Cell]]) {
        let moments = moments(of: column)
        func rows(_ low: [Double], _ high: [Double]) -> ClosedRange<Int>? {
            guard let bottom = low[moments].filter(\.isFinite).min(), let top = high[moments].filter(\.isFinite).max()
            else { return nil }
            let (first, last) = (Self.row(top, scale, cells.count), Self.row(bottom, scale, cells.count))
            return min(first, last)...max(first, last)
        }
        if let band = rows(panel.lower, panel.upper) {
            for row in band { cells[row][column] = Cell(character: glyphs.band, role: .band) }
        }
        if let expected = rows(panel.expected, panel.expected) {
            cells[(expected.lowerBound + expected.upperBound) / 2][column] = Cell(
                character: glyphs.expected, role: .expected)
        }
        guard let actual = rows(panel.actual, panel.actual) else { return }
        for row in actual { cells[row][column] = Cell(character: glyphs.actual, role: .actual) }
        for moment in moments where panel.isOdd(moment) {
            // From the edge of the band to the number itself, so that a spike between two columns' numbers shows whole.
            let row = Self.row(panel.actual[moment], scale, cells.count)
            let edge = Self.row(panel.isHigh(moment) ? panel.upper[moment] : panel.lower[moment], scale, cells.count)
            for odd in actual where odd == row || (odd > min(row, edge) && odd < max(row, edge)) {
                cells[odd][column] = Cell(character: glyphs.odd, role: .odd)
            }
        }
    }

    private static func joined(_ cells: [Cell]) -> [Piece] {
        var pieces: [Piece] = []
        for cell in cells {
            if let last = pieces.indices.last, pieces[last].role == cell.role {
                pieces[last].text.append(cell.character)
            } else {
                pieces.append(Piece(text: String(cell.character), role: cell.role))
            }
        }
        while let last = pieces.last, last.role == .plain, last.text.allSatisfy({ $0 == " " }) { pieces.removeLast() }
        return pieces
    }

    // MARK: Below the panels

    /// The axis of time with some round times.
    package var timeAxis: [[Piece]] {
        guard let first = times.first, let last = times.last, columnCount > 0 else { return [] }
        let ticks = TimeTicks(from: first, to: last, limit: max(2, columnCount / 14))
        var line = [Character](repeating: glyphs.horizontal, count: columnCount)
        var labels = [Character](repeating: " ", count: columnCount + Self.gutter)
        var end = 0
        for time in ticks.times {
            let moment = times.firstIndex { $0 >= time } ?? times.count - 1
            let column = column(of: moment)
            line[column] = glyphs.tick
            let text = Array(ticks.text(time))
            let start = max(0, column + Self.gutter - text.count / 2)
            guard start >= end, start + text.count <= labels.count else { continue }
            labels.replaceSubrange(start..<(start + text.count), with: text)
            end = start + text.count + 1
        }
        return [
            [
                Piece(
                    text: Self.padded("", Self.gutter - 1) + String(glyphs.corner) + String(line), role: .axis)
            ],
            [Piece(text: Self.trimmed(String(labels)), role: .axis)],
        ]
    }

    /// The stretch that is not normal as a bar, and below it pointers to moments with what they are.
    package func marks(extent: ClosedRange<Int>?, pointers: [(moment: Int, text: String)]) -> [[Piece]] {
        var lines: [[Piece]] = []
        if let extent {
            let (first, last) = (column(of: extent.lowerBound), column(of: extent.upperBound))
            let lead = Self.padded("alert ", Self.gutter) + String(repeating: " ", count: first)
            lines.append([
                Piece(text: lead, role: .plain),
                Piece(text: String(repeating: glyphs.extent, count: last - first + 1), role: .alert),
            ])
        }
        for pointer in pointers.sorted(by: { $0.moment < $1.moment }) {
            let place = Self.gutter + column(of: pointer.moment)
            let text = "\(glyphs.pointer) \(pointer.text)"
            // A text that would leave the lines stands on the left of its pointer.
            let isLeft = place + text.count > Self.gutter + columnCount && place > pointer.text.count
            let line =
                isLeft
                ? Self.padded("\(pointer.text) \(glyphs.pointer)", place + 1)
                : String(repeating: " ", count: place) + text
            lines.append([Piece(text: line, role: .plain)])
        }
        return lines
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private static func trimmed(_ text: String) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }
}
