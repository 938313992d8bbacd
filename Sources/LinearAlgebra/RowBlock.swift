/// A fixed number of rows that go through a product together, so that a row's result depends on that row alone.
///
/// A BLAS picks its kernel by a matrix's size, and within one product some rows go through a kernel for the bulk and
/// others through one for the rest; the kernels sum in different orders, so the same row can give other last bits in
/// another place. Here a product always has ``rowCount`` rows, and BLAS sees them along the side that lies across one
/// vector register (its M), where all lanes do the same. For that the results of a block are stored *feature by
/// feature*: element (row, feature) is at `feature * rowCount + row`.
///
/// Sixteen is measured, not assumed: with OpenBLAS 0.3.21 a row's result is independent of its place for 16 rows along
/// M with every kernel that x86-64 processors get, while 24 and 32 rows, and any number over 8 along N, are not on
/// Haswell and Zen. At the detector's sizes 16 rows run at 79 % (Haswell) to 114 % (AVX-512) of the rate of 256.
package enum RowBlock {
    /// The number of rows in a block.
    package static let rowCount = 16

    /// The product of a block stored row by row with a matrix: `c = a · op(b)`, the result feature by feature.
    ///
    /// `a` is (16 × inner), op(b) is (inner × columns), `c` is (columns × 16). Traps when the sizes do not fit.
    package static func multiply(
        rows a: Span<Float>, by b: Span<Float>, _ bTransposition: Transposition = .none, inner: Int, columns: Int,
        into c: inout MutableSpan<Float>
    ) {
        // cᵀ = op(b)ᵀ · aᵀ: BLAS counts in columns, so that its M is our number of rows.
        OpenBLAS.multiply(
            b, bTransposition.reversed, by: a, .transposed, rows: columns, inner: inner, columns: rowCount, scale: 1,
            accumulating: false, into: &c)
    }

    /// The product of a block stored feature by feature with a matrix: `c = a · op(b)`, the result feature by feature.
    ///
    /// `a` is (inner × 16), op(b) is (inner × columns), `c` is (columns × 16). Traps when the sizes do not fit.
    package static func multiply(
        features a: Span<Float>, by b: Span<Float>, _ bTransposition: Transposition = .none, inner: Int, columns: Int,
        into c: inout MutableSpan<Float>
    ) {
        OpenBLAS.multiply(
            b, bTransposition.reversed, by: a, .none, rows: columns, inner: inner, columns: rowCount, scale: 1,
            accumulating: false, into: &c)
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

extension Transposition {
    fileprivate var reversed: Transposition { self == .none ? .transposed : .none }
}

/// What ``multiplyRows(_:by:_:rows:inner:columns:into:scratch:)`` needs besides its arguments.
///
/// It grows to the largest product it has served and then stays, so one that is kept does not allocate.
package struct BlockScratch: Sendable {
    fileprivate var padded: [Float] = []  // (16 × inner), the last rows of a batch and zeros
    fileprivate var product: [Float] = []  // (columns × 16)

    /// A scratch that has room for products of this size.
    package init(inner: Int = 0, columns: Int = 0) {
        grow(inner: inner, columns: columns)
    }

    fileprivate mutating func grow(inner: Int, columns: Int) {
        let (paddedCount, productCount) = (inner * RowBlock.rowCount, columns * RowBlock.rowCount)
        if padded.count < paddedCount {
            padded.append(contentsOf: repeatElement(0, count: paddedCount - padded.count))
        }
        if product.count < productCount {
            product.append(contentsOf: repeatElement(0, count: productCount - product.count))
        }
    }
}

/// The matrix product `c = a · op(b)` in which a row's result is the same, to the last bit, whatever the other rows are,
/// how many there are, and in which place the row stands.
///
/// `a` is (rows × inner), op(b) is (inner × columns), `c` is (rows × columns), all row by row. It works in blocks of
/// ``RowBlock/rowCount`` rows, the last one filled up with zeros, and allocates only where `scratch` has to grow. Traps
/// when the sizes do not fit; sizes of zero are fine.
package func multiplyRows(
    _ a: Span<Float>, by b: Span<Float>, _ bTransposition: Transposition = .none, rows m: Int, inner k: Int,
    columns n: Int, into c: inout MutableSpan<Float>, scratch: inout BlockScratch
) {
    precondition(m >= 0 && k >= 0 && n >= 0, "a product of \(m) × \(k) by \(k) × \(n)")
    precondition(a.count == m * k, "the left factor has \(a.count) elements, \(m) × \(k) are needed")
    precondition(c.count == m * n, "the product has room for \(c.count) elements, \(m) × \(n) are needed")
    scratch.grow(inner: k, columns: n)
    var wholeProduct = scratch.product.mutableSpan
    var product = wholeProduct._mutatingExtracting(0..<n * RowBlock.rowCount)
    let wholeEnd = m - m % RowBlock.rowCount
    for start in stride(from: 0, to: wholeEnd, by: RowBlock.rowCount) {
        let end = start + RowBlock.rowCount
        RowBlock.multiply(
            rows: a.extracting(start * k..<end * k), by: b, bTransposition, inner: k, columns: n, into: &product)
        var rows = c._mutatingExtracting(start * n..<end * n)
        RowBlock.scatter(product.span, count: RowBlock.rowCount, columns: n, into: &rows)
    }
    guard wholeEnd < m else { return }
    multiplyLastRows(
        a.extracting(wholeEnd * k..<m * k), by: b, bTransposition, inner: k, columns: n, padded: &scratch.padded,
        into: &scratch.product)
    var rows = c._mutatingExtracting(wholeEnd * n..<m * n)
    RowBlock.scatter(
        scratch.product.span.extracting(0..<n * RowBlock.rowCount), count: m - wholeEnd, columns: n, into: &rows)
}

/// The product of fewer rows than a block has, filled up with zeros.
private func multiplyLastRows(
    _ rows: Span<Float>, by b: Span<Float>, _ bTransposition: Transposition, inner k: Int, columns n: Int,
    padded: inout [Float], into wholeProduct: inout [Float]
) {
    for index in rows.indices { padded[index] = rows[index] }
    for index in rows.count..<k * RowBlock.rowCount { padded[index] = 0 }
    var wholeSpan = wholeProduct.mutableSpan
    var product = wholeSpan._mutatingExtracting(0..<n * RowBlock.rowCount)
    RowBlock.multiply(
        rows: padded.span.extracting(0..<k * RowBlock.rowCount), by: b, bTransposition, inner: k, columns: n,
        into: &product)
}
