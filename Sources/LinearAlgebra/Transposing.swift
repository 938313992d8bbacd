/// Exchanges rows and columns: element (r, c) of `a` (rows × columns) goes to (c, r) of `b` (kept × rows), for the first
/// `kept` columns.
@inline(__always)
func transpose(_ a: Span<Float>, rows: Int, columns: Int, keeping kept: Int, into b: inout MutableSpan<Float>) {
    precondition(a.count == rows * columns && b.count == kept * rows && kept <= columns)
    for column in 0..<kept {
        for row in 0..<rows { b[column * rows + row] = a[row * columns + column] }
    }
}
