/// Why a decomposition or a system of equations has no answer.
package enum LinearAlgebraFailure: Error, Equatable, CustomStringConvertible {
    /// An element is infinite or not a number.
    case notFinite(row: Int, column: Int)
    /// The matrix is not positive definite; the leading minor of this order, from 1, is the first that shows it.
    case notPositiveDefinite(order: Int, dimension: Int)
    /// The search for the eigenvalues did not converge.
    case notConverged(dimension: Int)

    package var description: String {
        switch self {
        case .notFinite(let row, let column):
            "element (\(row), \(column)) is infinite or not a number; finite elements are needed"
        case .notPositiveDefinite(let order, let dimension):
            "the \(dimension) × \(dimension) matrix is not positive definite: its leading minor of order \(order) is "
                + "not positive; adding to the diagonal helps"
        case .notConverged(let dimension):
            "the eigenvalues of the \(dimension) × \(dimension) matrix did not converge"
        }
    }
}

/// Throws for the first element that is not finite; LAPACK's answer to one is not defined.
func requireFinite(_ elements: [Double], columns: Int) throws(LinearAlgebraFailure) {
    if let index = elements.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(row: index / columns, column: index % columns)
    }
}
