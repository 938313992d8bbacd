/// Exchanges rows and columns: element (r, c) of `a` (rows × columns) goes to (c, r) of `b` (kept × rows), for the first
/// `kept` columns.
func transpose(_ a: Span<Float>, rows: Int, columns: Int, keeping kept: Int, into b: inout MutableSpan<Float>) {
    precondition(a.count == rows * columns && b.count == kept * rows && kept <= columns)
    let (wholeRows, wholeColumns) = (rows - rows % 4, kept - kept % 4)
    for row in stride(from: 0, to: wholeRows, by: 4) {
        for column in stride(from: 0, to: wholeColumns, by: 4) {
            transposeTile(a, row: row, column: column, columns: columns, into: &b, rows: rows)
        }
    }
    for column in 0..<kept {
        for row in (column < wholeColumns ? wholeRows : 0)..<rows { b[column * rows + row] = a[row * columns + column] }
    }
}

/// Transposes the four rows and columns that begin at a place. Four steps of picking every other element do it.
@inline(__always)
private func transposeTile(
    _ a: Span<Float>, row: Int, column: Int, columns: Int, into b: inout MutableSpan<Float>, rows: Int
) {
    let from = row * columns + column
    let to = column * rows + row
    precondition(from + 3 * columns + 4 <= a.count && to + 3 * rows + 4 <= b.count)
    // SAFETY: the last of the four vectors ends where the line above says, within `a` and `b`.
    unsafe a.withUnsafeBufferPointer { source in
        unsafe b.withUnsafeMutableBufferPointer { target in
            guard let source = source.baseAddress, let target = target.baseAddress else { return }
            let lines = unsafe UnsafeRawPointer(source + from)
            let stride = columns * MemoryLayout<Float>.stride
            let first = unsafe lines.loadUnaligned(as: SIMD4<Float>.self)
            let second = unsafe lines.loadUnaligned(fromByteOffset: stride, as: SIMD4<Float>.self)
            let third = unsafe lines.loadUnaligned(fromByteOffset: 2 * stride, as: SIMD4<Float>.self)
            let fourth = unsafe lines.loadUnaligned(fromByteOffset: 3 * stride, as: SIMD4<Float>.self)
            let upper = SIMD8(lowHalf: first, highHalf: second)
            let lower = SIMD8(lowHalf: third, highHalf: fourth)
            let even = SIMD8(lowHalf: upper.evenHalf, highHalf: lower.evenHalf)
            let odd = SIMD8(lowHalf: upper.oddHalf, highHalf: lower.oddHalf)
            let out = unsafe UnsafeMutableRawPointer(target + to)
            let outStride = rows * MemoryLayout<Float>.stride
            unsafe out.storeBytes(of: even.evenHalf, as: SIMD4<Float>.self)
            unsafe out.storeBytes(of: odd.evenHalf, toByteOffset: outStride, as: SIMD4<Float>.self)
            unsafe out.storeBytes(of: even.oddHalf, toByteOffset: 2 * outStride, as: SIMD4<Float>.self)
            unsafe out.storeBytes(of: odd.oddHalf, toByteOffset: 3 * outStride, as: SIMD4<Float>.self)
        }
    }
}
