import CProducts

/// Replaces each element by its hyperbolic tangent.
///
/// The error is at most 1e-6; the function is exactly odd, never leaves −1…1, and keeps NaN. It is a division and some
/// twenty other operations an element, so it goes through a ``ProductKernel``; all of them give the same bits.
package func replaceByTanh(_ x: inout MutableSpan<Float>, using kernel: ProductKernel = .best) {
    precondition(kernel.isSupported, "this machine cannot run the kernel \(kernel)")
    // SAFETY: the function touches 1 · count elements, as many as there are.
    unsafe x.withUnsafeMutableBufferPointer { x in
        unsafe harken_tanh(kernel.code, nil, 1, x.count, x.baseAddress)
    }
}

/// Adds a vector to each row of a matrix and replaces the sums by their hyperbolic tangents.
///
/// `bias` is (columns), `x` (rows × columns) row by row. Traps when `x` has no whole number of rows.
package func addBiasThenTanh(
    _ bias: Span<Float>, toEachRowOf x: inout MutableSpan<Float>, using kernel: ProductKernel = .best
) {
    precondition(kernel.isSupported, "this machine cannot run the kernel \(kernel)")
    let columns = bias.count
    guard columns > 0 else {
        precondition(x.isEmpty, "\(x.count) elements in rows of none")
        return
    }
    precondition(x.count.isMultiple(of: columns), "\(x.count) elements are no rows of \(columns)")
    let rows = x.count / columns
    // SAFETY: the function reads `columns` elements of `bias` and touches rows · columns of `x`, as many as there are.
    unsafe bias.withUnsafeBufferPointer { bias in
        unsafe x.withUnsafeMutableBufferPointer { x in
            unsafe harken_tanh(kernel.code, bias.baseAddress, rows, columns, x.baseAddress)
        }
    }
}

extension RowBlock {
    /// Adds to each feature of a block its own number and replaces the sums by their hyperbolic tangents.
    ///
    /// `bias` is (features), `block` (features × 16), feature by feature. Traps when the sizes do not fit.
    package static func addBiasThenTanh(
        _ bias: Span<Float>, to block: inout MutableSpan<Float>, using kernel: ProductKernel = .best
    ) {
        precondition(rowCount == Int(HARKEN_BLOCK_ROWS) && kernel.isSupported)
        precondition(
            block.count == bias.count * rowCount, "a block of \(block.count) elements for \(bias.count) features")
        // SAFETY: the function reads the elements of `bias` and touches sixteen times as many of `block`.
        unsafe bias.withUnsafeBufferPointer { bias in
            unsafe block.withUnsafeMutableBufferPointer { block in
                unsafe harken_block_tanh(kernel.code, bias.baseAddress, bias.count, block.baseAddress)
            }
        }
    }
}
