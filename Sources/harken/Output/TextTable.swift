import Daemon

/// Rows of text in aligned columns.
struct TextTable {
    /// One column.
    struct Column {
        /// What stands above it.
        var title: String
        /// Whether its cells end below each other, as numbers do.
        var isNumeric: Bool

        /// A column of text.
        static func text(_ title: String) -> Column { Column(title: title, isNumeric: false) }
        /// A column of numbers.
        static func number(_ title: String) -> Column { Column(title: title, isNumeric: true) }
    }

    private let columns: [Column]
    private var rows: [[Cell]] = []

    private struct Cell {
        var text: String
        var style: Terminal.Style
    }

    /// A table without rows.
    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row with a text for each column, all in one style.
    mutating func append(_ texts: [String], style: Terminal.Style = .plain) {
        precondition(texts.count == columns.count, "a row has \(texts.count) cells, the table \(columns.count) columns")
        rows.append(texts.map { Cell(text: Phrase.printable($0), style: style) })
    }

    /// The table, line by line; cells are two spaces apart, and lines do not end in spaces.
    func lines(on terminal: Terminal) -> [String] {
        let widths = columns.indices.map { index in
            rows.reduce(columns[index].title.count) { max($0, $1[index].text.count) }
        }
        let heading = columns.map { Cell(text: $0.title, style: .dim) }
        return ([heading] + rows).map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[index] - cell.text.count)
                let text = terminal.styled(cell.text, cell.style)
                let isLast = index == row.count - 1
                line += columns[index].isNumeric ? padding + text : isLast ? text : text + padding
                if !isLast { line += "  " }
            }
            return line
        }
    }
}
