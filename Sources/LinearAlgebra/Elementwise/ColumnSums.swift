import CProducts

/// Sums over the rows of windows, row by row (rows × columns).
///
/// They are in C beside the products because a vector lies across the columns, of which there may be fewer than it has lanes;
/// ``ProductKernel`` says how it is asked for. All kernels give the same bits, and the order of a sum depends on the sizes alone.
package enum ColumnSums {
    /// The most blocks of ``centeredBlockMeans(of:blocks:columns:into:using:)``.
    package static let mostBlocks = Int(HARKEN_MOST_BLOCKS)

    /// Writes the mean of each column over each of several blocks of as many rows, less the mean of them all, (blocks × columns).
    ///
    /// What does not fill a row of each block is left out. Traps when no row fills a block, or `means` has another size.
    package static func centeredBlockMeans(
        of x: Span<Float>, blocks: Int, columns: Int, into means: inout MutableSpan<Float>,
        using kernel: ProductKernel = .best
    ) {
        precondition(columns > 0 && blocks > 0 && blocks <= mostBlocks && kernel.isSupported)
        let rows = x.count / (columns * blocks)
        precondition(rows > 0 && means.count == blocks * columns, "\(x.count) elements, \(means.count) means")
        // SAFETY: the function reads blocks · rows · columns elements, no more than there are, and writes blocks · columns.
        unsafe x.withUnsafeBufferPointer { x in
            unsafe means.withUnsafeMutableBufferPointer { means in
                unsafe harken_centered_means(kernel.code, x.baseAddress, blocks, rows, columns, means.baseAddress)
            }
        }
    }

    /// Writes the mean of each column (columns), and to the same place behind it the sum of its squared differences from that.
    ///
    /// `moments` is (2 × columns). Traps when `x` has no whole number of rows, or none.
    package static func moments(
        of x: Span<Float>, into moments: inout MutableSpan<Float>, using kernel: ProductKernel = .best
    ) {
        let columns = moments.count / 2
        precondition(columns > 0 && moments.count == 2 * columns && kernel.isSupported)
        precondition(!x.isEmpty && x.count.isMultiple(of: columns), "\(x.count) elements in \(columns) columns")
        // SAFETY: the function reads all elements and writes `columns` of each half of `moments`.
        unsafe x.withUnsafeBufferPointer { x in
            unsafe moments.withUnsafeMutableBufferPointer { moments in
                guard let means = moments.baseAddress else { return }
                unsafe harken_column_moments(
                    kernel.code, x.baseAddress, x.count / columns, columns, means, means + columns)
            }
        }
    }

    /// Writes mean, deviation, range, largest, smallest and mean absolute step of each column, (6 × columns), over all rows but the
    /// first, from which only a step is taken.
    ///
    /// Traps when `x` has no whole number of rows, or fewer than two.
    package static func statistics(
        of x: Span<Float>, into numbers: inout MutableSpan<Float>, using kernel: ProductKernel = .best
    ) {
        let columns = numbers.count / 6
        precondition(columns > 0 && numbers.count == 6 * columns && kernel.isSupported)
        precondition(x.count > columns && x.count.isMultiple(of: columns), "\(x.count) elements in \(columns) columns")
        // SAFETY: the function reads all elements and writes 6 · columns.
        unsafe x.withUnsafeBufferPointer { x in
            unsafe numbers.withUnsafeMutableBufferPointer { numbers in
                unsafe harken_column_statistics(
                    kernel.code, x.baseAddress, x.count / columns - 1, columns, numbers.baseAddress)
            }
        }
    }

    /// The sum of the squared differences of two windows, and the same sum with a weight for each row. Of each window the mean of each
    /// column is subtracted first, and the rest multiplied by a factor.
    ///
    /// `means` are (columns). Traps when sizes do not fit each other.
    package static func squaredDifferences(
        of x: Span<Float>, means xMeans: Span<Float>, factor xFactor: Float, from y: Span<Float>,
        means yMeans: Span<Float>, factor yFactor: Float, weights: Span<Float>, using kernel: ProductKernel = .best
    ) -> (even: Float, weighted: Float) {
        let (rows, columns) = (weights.count, xMeans.count)
        precondition(x.count == rows * columns && y.count == x.count && yMeans.count == columns && kernel.isSupported)
        var (even, weighted): (Float, Float) = (0, 0)
        // SAFETY: the function reads rows · columns elements of each window, `columns` means and `rows` weights.
        unsafe x.withUnsafeBufferPointer { x in
            unsafe y.withUnsafeBufferPointer { y in
                unsafe xMeans.withUnsafeBufferPointer { xMeans in
                    unsafe yMeans.withUnsafeBufferPointer { yMeans in
                        unsafe weights.withUnsafeBufferPointer { weights in
                            var left = unsafe harken_scaled_rows(
                                elements: x.baseAddress, means: xMeans.baseAddress, factor: xFactor)
                            var right = unsafe harken_scaled_rows(
                                elements: y.baseAddress, means: yMeans.baseAddress, factor: yFactor)
                            unsafe harken_difference(
                                kernel.code, &left, &right, weights.baseAddress, rows, columns, &even, &weighted)
                        }
                    }
                }
            }
        }
        return (even, weighted)
    }

    /// Writes the sum of each column over the elements that are no NaN, and says how many these are.
    ///
    /// Rows are added one after the other, that at `first` before all. Traps when `x` has no whole number of rows.
    package static func numbers(
        of x: Span<Float>, from first: Int, into sums: inout MutableSpan<Float>, using kernel: ProductKernel = .best
    ) -> Int {
        let columns = sums.count
        precondition(columns > 0 && x.count.isMultiple(of: columns) && kernel.isSupported)
        precondition(first >= 0 && first * columns < x.count, "row \(first) of \(x.count / columns)")
        var count = 0
        // SAFETY: the function reads all elements and writes `columns` sums.
        unsafe x.withUnsafeBufferPointer { x in
            unsafe sums.withUnsafeMutableBufferPointer { sums in
                unsafe harken_sum_numbers(
                    kernel.code, x.baseAddress, first, x.count / columns, columns, sums.baseAddress, &count)
            }
        }
        return count
    }
}
