/// Sixteen rows that go through the layers of a network together, stored *feature by feature*: element (row, feature)
/// is at `feature * rowCount + row`, so that a vector register holds one feature of all rows.
///
/// A row's result depends on that row alone, to the last bit, and is the one that
/// ``multiplyRows(_:by:_:rows:inner:columns:into:using:)`` gives. A BLAS does not promise that: it picks its kernel by a
/// matrix's size, and takes the last rows of a product with another one than the bulk, and the kernels sum in
/// different orders. ``ProductKernel`` sums each element in one order.
package enum RowBlock {
    /// The number of rows in a block.
    package static let rowCount = 16

    /// The product of a block stored row by row with a matrix: `c = a · op(b)`, the result feature by feature.
    ///
    /// `a` is (16 × inner), op(b) is (inner × columns), `c` is (columns × 16). Traps when the sizes do not fit.
    package static func multiply(
        rows a: Span<Float>, by b: Span<Float>, _ bTransposition: Transposition = .none, inner: Int, columns: Int,
        into c: inout MutableSpan<Float>, using kernel: ProductKernel = .best
    ) {
        kernel.multiplyBlock(a, byRows: true, by: b, bTransposition, inner: inner, columns: columns, into: &c)
    }

    /// The product of a block stored feature by feature with a matrix: `c = a · op(b)`, the result feature by feature.
    ///
    /// `a` is (inner × 16), op(b) is (inner × columns), `c` is (columns × 16). Traps when the sizes do not fit.
    package static func multiply(
        features a: Span<Float>, by b: Span<Float>, _ bTransposition: Transposition = .none, inner: Int, columns: Int,
        into c: inout MutableSpan<Float>, using kernel: ProductKernel = .best
    ) {
        kernel.multiplyBlock(a, byRows: false, by: b, bTransposition, inner: inner, columns: columns, into: &c)
    }

    /// Writes the first rows of a block that is stored feature by feature (columns × 16) to `rows` (count × columns).
    package static func scatter(
        _ block: Span<Float>, count: Int, columns: Int, into rows: inout MutableSpan<Float>
    ) {
        precondition(count >= 0 && count <= rowCount, "\(count) rows of a block of \(rowCount)")
        precondition(block.count == columns * rowCount, "the block has \(block.count) elements, not \(columns) × 16")
        precondition(rows.count == count * columns, "the rows have \(rows.count) elements, not \(count) × \(columns)")
        transpose(block, rows: columns, columns: rowCount, keeping: count, into: &rows)
    }
}

/// The matrix product `c = a · op(b)` in which a row's result is the same, to the last bit, whatever the other rows are,
/// how many there are, and in which place the row stands.
///
/// `a` is (rows × inner), op(b) is (inner × columns), `c` is (rows × columns), all row by row. One row costs little more
/// than reading `b` once; with `.transposed`, two to five times that, because `b` is turned round on the way, so a matrix
/// that serves single rows is better stored as (inner × columns). Nothing is allocated. Traps when the sizes do not fit;
/// sizes of zero are fine.
package func multiplyRows(
    _ a: Span<Float>, by b: Span<Float>, _ bTransposition: Transposition = .none, rows m: Int, inner k: Int,
    columns n: Int, into c: inout MutableSpan<Float>, using kernel: ProductKernel = .best
) {
    kernel.multiply(
        a, .none, by: b, bTransposition, rows: m, inner: k, columns: n, scale: 1, accumulating: false, into: &c)
}
