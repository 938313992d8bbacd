/// Eigenvalues and eigenvectors of a symmetric matrix (dimension × dimension, row by row; one half of it is read).
///
/// The values ascend; row i of `vectors` (dimension × dimension) is the eigenvector of value i, of length one. A vector's
/// sign, which mathematics leaves open, is the one that makes its component of largest magnitude positive (the first of
/// them, where several are as large). Traps when there are not dimension × dimension elements.
/// - Throws: ``LinearAlgebraFailure/notFinite(row:column:)`` or ``LinearAlgebraFailure/notConverged(dimension:)``.
package func symmetricEigendecomposition(
    _ a: [Double], dimension: Int
) throws(LinearAlgebraFailure) -> (values: [Double], vectors: [Double]) {
    try requireFinite(a, columns: dimension)
    var vectors = a
    var values = [Double](repeating: 0, count: dimension)
    guard OpenBLAS.eigendecompose(&vectors, dimension: dimension, values: &values) == 0 else {
        throw .notConverged(dimension: dimension)
    }
    for row in 0..<dimension {
        let range = row * dimension..<(row + 1) * dimension
        var largest = 0.0
        for index in range where vectors[index].magnitude > largest.magnitude { largest = vectors[index] }
        if largest < 0 {
            for index in range { vectors[index] = -vectors[index] }
        }
    }
    return (values, vectors)
}
