/// Multiplies the gradient of a loss by the derivative of tanh, which is 1 − y² for the output y.
///
/// `gradient` and `output` are of the same shape. Traps when their counts differ.
package func multiplyByTanhDerivative(_ gradient: inout MutableSpan<Float>, output: Span<Float>) {
    replaceEach(&gradient, with: output) { $0 * (1 - $1 * $1) }
}

/// Adds up the rows of a matrix.
///
/// `x` is (rows × columns) row by row, `sum` (columns); what it holds is replaced, or added to if `accumulating`. Traps
/// when `x` has no whole number of rows.
package func sumRows(_ x: Span<Float>, accumulating: Bool = false, into sum: inout MutableSpan<Float>) {
    if !accumulating { replaceEach(&sum) { _ in SIMD8() } }
    guard !sum.isEmpty else {
        precondition(x.isEmpty, "\(x.count) elements in rows of none")
        return
    }
    precondition(x.count.isMultiple(of: sum.count), "\(x.count) elements are no rows of \(sum.count)")
    for start in stride(from: 0, to: x.count, by: sum.count) {
        replaceEach(&sum, with: x.extracting(start..<start + sum.count)) { $0 + $1 }
    }
}

/// Multiplies each row of a matrix by its own number.
///
/// `factors` is (rows), `x` (rows × columns) row by row. Traps when `x` has not that number of rows.
package func multiplyRows(of x: inout MutableSpan<Float>, by factors: Span<Float>, columns: Int) {
    precondition(x.count == factors.count * columns, "\(x.count) elements are not \(factors.count) rows of \(columns)")
    for row in factors.indices {
        let factor = SIMD8<Float>(repeating: factors[row])
        var cells = x._mutatingExtracting(row * columns..<(row + 1) * columns)
        replaceEach(&cells) { $0 * factor }
    }
}
