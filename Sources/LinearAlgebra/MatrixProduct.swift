/// The matrix product `c = scale · op(a) · op(b)`, all three row by row.
///
/// op(a) is (rows × inner), op(b) is (inner × columns), `c` is (rows × columns); with `.transposed`, the factor is stored
/// with rows and columns exchanged. With `accumulating` the product is added to what `c` holds. Nothing is allocated. Traps
/// when the sizes do not fit; sizes of zero are fine. ``ProductKernel`` says why it is not OpenBLAS that multiplies;
/// ``multiplyRows(_:by:_:rows:inner:columns:into:using:)`` is this product for rows as they are, and gives the same bits.
package func multiply(
    _ a: Span<Float>, _ aTransposition: Transposition = .none, by b: Span<Float>,
    _ bTransposition: Transposition = .none, rows m: Int, inner k: Int, columns n: Int, scale: Float = 1,
    accumulating: Bool = false, into c: inout MutableSpan<Float>, using kernel: ProductKernel = .best
) {
    kernel.multiply(
        a, aTransposition, by: b, bTransposition, rows: m, inner: k, columns: n, scale: scale,
        accumulating: accumulating, into: &c)
}

/// The same product of the first rows of arrays that may have room for more, as those of a workspace do. Traps where `a` or `c`
/// holds fewer rows than `rows`.
package func multiply(
    firstRowsOf a: [Float], by b: Span<Float>, _ bTransposition: Transposition = .none, rows m: Int, inner k: Int,
    columns n: Int, accumulating: Bool = false, into c: inout [Float]
) {
    var all = c.mutableSpan
    var product = all._mutatingExtracting(0..<(m * n))
    multiply(
        a.span.extracting(0..<(m * k)), by: b, bTransposition, rows: m, inner: k, columns: n,
        accumulating: accumulating, into: &product)
}
