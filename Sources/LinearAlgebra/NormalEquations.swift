/// The normal equations of a linear regression with a constant, summed up in `Double`: neighboring readings are alike, so
/// that the equations are close to singular and lose what `Float` does not hold.
package struct NormalEquations: Sendable {
    private let inputCount: Int
    private let targetCount: Int
    private var squares: [Double]  // ((inputs + 1) × (inputs + 1)), the upper half; the last input is the constant
    private var products: [Double]  // (targets × (inputs + 1))

    /// So many rows are converted and summed up at a time.
    private static let chunkRows = 256

    /// Sums up the rows of a matrix, of which some columns are the inputs and others the targets.
    package init(_ rows: Matrix, inputs: Range<Int>, targets: Range<Int>) {
        precondition(inputs.upperBound <= rows.columnCount && targets.upperBound <= rows.columnCount)
        inputCount = inputs.count
        targetCount = targets.count
        let size = inputs.count + 1
        squares = [Double](repeating: 0, count: size * size)
        products = [Double](repeating: 0, count: targets.count * size)
        var left = [Double](repeating: 1, count: Self.chunkRows * size)
        var right = [Double](repeating: 0, count: Self.chunkRows * targets.count)
        for start in stride(from: 0, to: rows.rowCount, by: Self.chunkRows) {
            let count = min(Self.chunkRows, rows.rowCount - start)
            for row in 0..<count {
                let first = (start + row) * rows.columnCount
                for (place, column) in inputs.enumerated() {
                    left[row * size + place] = Double(rows.elements[first + column])
                }
                for (place, column) in targets.enumerated() {
                    right[row * targets.count + place] = Double(rows.elements[first + column])
                }
            }
            OpenBLAS.addSquares(left, rows: count, columns: size, to: &squares)
            guard targetCount > 0 else { continue }
            OpenBLAS.addProduct(right, targetCount, by: left, size, rows: count, to: &products)
        }
    }

    /// The coefficients, (targets × (inputs + 1)), the constant last. The ridge, which must not be negative, is added for each
    /// coefficient.
    /// - Throws: ``LinearAlgebraFailure/notPositiveDefinite(order:dimension:)`` where the inputs depend on each other
    ///   and the ridge is too small.
    package func solved(ridge: Double) throws(LinearAlgebraFailure) -> [Double] {
        let size = inputCount + 1
        var matrix = squares
        for first in 0..<size {
            matrix[first * size + first] += ridge
            for second in 0..<first { matrix[first * size + second] = matrix[second * size + first] }
        }
        return try solvePositiveDefinite(matrix, dimension: size, rightHandSides: products, count: targetCount)
    }
}
