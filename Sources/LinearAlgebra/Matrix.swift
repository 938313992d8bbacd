/// A matrix of `Float`, row by row.
package struct Matrix: Sendable, Equatable {
    /// The number of rows.
    package let rowCount: Int
    /// The number of columns.
    package let columnCount: Int
    /// The elements (``rowCount`` × ``columnCount``), row after row. Their number must not be changed.
    package var elements: [Float]

    /// A matrix of zeros.
    package init(rows: Int, columns: Int) {
        precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) × \(columns)")
        self.init(rows: rows, columns: columns, elements: [Float](repeating: 0, count: rows * columns))
    }

    /// A matrix of these elements, row after row; there must be `rows` × `columns` of them.
    package init(rows: Int, columns: Int, elements: [Float]) {
        rowCount = rows
        columnCount = columns
        self.elements = elements
        precondition(elements.count == rows * columns, "\(elements.count) elements are not \(rows) × \(columns)")
    }

    /// The element in a row and a column, both counted from zero.
    package subscript(row: Int, column: Int) -> Float {
        get {
            checkPlace(row, column)
            return elements[row * columnCount + column]
        }
        set {
            checkPlace(row, column)
            elements[row * columnCount + column] = newValue
        }
    }

    private func checkPlace(_ row: Int, _ column: Int) {
        precondition(
            row >= 0 && row < rowCount && column >= 0 && column < columnCount,
            "(\(row), \(column)) is outside of \(rowCount) × \(columnCount)")
    }
}
