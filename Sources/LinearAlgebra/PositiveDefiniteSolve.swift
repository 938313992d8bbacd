/// Solves a · x = b for a symmetric positive definite matrix (dimension × dimension, row by row; one half of it is read).
///
/// `rightHandSides` holds `count` of them, one a row (count × dimension); the solutions come in the same shape. Traps
/// when the numbers of elements do not fit.
/// - Throws: ``LinearAlgebraFailure/notFinite(row:column:)``, or
///   ``LinearAlgebraFailure/notPositiveDefinite(order:dimension:)`` where there is no single solution.
package func solvePositiveDefinite(
    _ a: [Double], dimension: Int, rightHandSides: [Double], count: Int
) throws(LinearAlgebraFailure) -> [Double] {
    try requireFinite(a, columns: dimension)
    try requireFinite(rightHandSides, columns: dimension)
    var factor = a
    let order = OpenBLAS.factorPositiveDefinite(&factor, dimension: dimension)
    guard order == 0 else { throw .notPositiveDefinite(order: order, dimension: dimension) }
    var solutions = rightHandSides
    OpenBLAS.solve(factor: factor, dimension: dimension, rightHandSides: &solutions, count: count)
    return solutions
}
