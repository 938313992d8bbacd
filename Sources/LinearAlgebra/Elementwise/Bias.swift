/// Adds a vector to each row of a matrix.
///
/// `bias` is (columns), `x` (rows × columns) row by row. Traps when `x` has no whole number of rows.
package func addBias(_ bias: Span<Float>, toEachRowOf x: inout MutableSpan<Float>) {
    forEachRow(of: &x, columns: bias.count) { row in
        replaceEach(&row, with: bias) { $0 + $1 }
    }
}

/// Multiplies each column of a matrix by its own number.
///
/// `factors` is (columns), `x` (rows × columns) row by row. Traps when `x` has no whole number of rows.
package func multiplyColumns(of x: inout MutableSpan<Float>, by factors: Span<Float>) {
    forEachRow(of: &x, columns: factors.count) { row in
        replaceEach(&row, with: factors) { $0 * $1 }
    }
}

extension RowBlock {
    /// Adds to each feature of a block its own number.
    ///
    /// `bias` is (features), `block` (features × 16), feature by feature. Traps when the sizes do not fit.
    package static func addBias(_ bias: Span<Float>, to block: inout MutableSpan<Float>) {
        precondition(
            block.count == bias.count * rowCount, "a block of \(block.count) elements for \(bias.count) features")
        for feature in bias.indices {
            let value = SIMD8<Float>(repeating: bias[feature])
            var lanes = block._mutatingExtracting(feature * rowCount..<(feature + 1) * rowCount)
            replaceEach(&lanes) { $0 + value }
        }
    }
}

@inline(__always)
private func forEachRow(of x: inout MutableSpan<Float>, columns: Int, _ body: (inout MutableSpan<Float>) -> Void) {
    guard columns > 0 else {
        precondition(x.isEmpty, "\(x.count) elements in rows of none")
        return
    }
    precondition(x.count.isMultiple(of: columns), "\(x.count) elements are no rows of \(columns)")
    var start = 0
    while start < x.count {
        var row = x._mutatingExtracting(start..<start + columns)
        body(&row)
        start += columns
    }
}
