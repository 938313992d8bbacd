/// The normal equations of a linear regression with a constant, summed up in `Double`: neighboring readings are alike, so
/// that the equations are close to singular and lose what `Float` does not hold.
package struct NormalEquations: Sendable {
    private let inputCount: Int
    private let targetCount: Int
    private var squares: [Double]  // ((inputs + 1) × (inputs + 1)), the upper half; the last input is the constant
    private var products: [Double]  // (targets × (inputs + 1))

    /// Sums up the rows of a matrix, of which some columns are the inputs and others the targets.
    package init(_ rows: Matrix, inputs: Range<Int>, targets: Range<Int>) {
        precondition(inputs.upperBound <= rows.columnCount && targets.upperBound <= rows.columnCount)
        inputCount = inputs.count
        targetCount = targets.count
        let size = inputs.count + 1
        squares = [Double](repeating: 0, count: size * size)
        products = [Double](repeating: 0, count: targets.count * size)
        var row = [Double](repeating: 1, count: size)
        for index in 0..<rows.rowCount {
            let start = index * rows.columnCount
            for (place, column) in inputs.enumerated() { row[place] = Double(rows.elements[start + column]) }
            Self.add(row, to: &squares)
            for (place, column) in targets.enumerated() {
                let target = Double(rows.elements[start + column])
                for input in 0..<size { products[place * size + input] += target * row[input] }
            }
        }
    }

    private static func add(_ row: [Double], to squares: inout [Double]) {
        let size = row.count
        var all = squares.mutableSpan
        let values = row.span
        for first in 0..<size {
            let factor = values[first]
            var line = all._mutatingExtracting((first * size + first)..<((first + 1) * size))
            let rest = values.extracting(first..<size)
            for index in rest.indices { line[index] += factor * rest[index] }
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
