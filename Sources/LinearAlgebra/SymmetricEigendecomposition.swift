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
    fixSigns(of: &vectors, dimension: dimension)
    return (values, vectors)
}

/// All eigenvalues of a symmetric matrix and the eigenvectors of the largest ones, as many as `count` says for the values.
///
/// As ``symmetricEigendecomposition(_:dimension:)``, but the values descend and `vectors` is (count × dimension). Where few are
/// wanted it takes a third of the time: all is done for the tridiagonal form, and for the wanted vectors alone what comes after.
/// - Throws: ``LinearAlgebraFailure/notFinite(row:column:)`` or ``LinearAlgebraFailure/notConverged(dimension:)``.
package func leadingEigenvectors(
    of a: [Double], dimension: Int, count: (_ values: [Double]) -> Int
) throws(LinearAlgebraFailure) -> (values: [Double], vectors: [Double]) {
    try requireFinite(a, columns: dimension)
    let tridiagonal = OpenBLAS.tridiagonalize(a, dimension: dimension)
    guard let ascending = OpenBLAS.eigenvalues(of: tridiagonal) else { throw .notConverged(dimension: dimension) }
    let values = Array(ascending.reversed())
    let wanted = count(values)
    precondition(wanted > 0 && wanted <= dimension, "\(wanted) eigenvectors of \(dimension)")
    var rows: [Double]
    if let found = OpenBLAS.leadingEigenvectors(of: tridiagonal, count: wanted) {
        rows = found
    } else {
        // What finds single vectors may fail where eigenvalues lie very close together; what finds all of them does not.
        rows = Array(try symmetricEigendecomposition(a, dimension: dimension).vectors.suffix(wanted * dimension))
    }
    fixSigns(of: &rows, dimension: dimension)
    var vectors: [Double] = []
    vectors.reserveCapacity(rows.count)
    for row in (0..<wanted).reversed() { vectors += rows[(row * dimension)..<((row + 1) * dimension)] }
    return (values, vectors)
}

private func fixSigns(of vectors: inout [Double], dimension: Int) {
    for start in stride(from: 0, to: vectors.count, by: dimension) {
        let range = start..<(start + dimension)
        var largest = 0.0
        for index in range where vectors[index].magnitude > largest.magnitude { largest = vectors[index] }
        if largest < 0 {
            for index in range { vectors[index] = -vectors[index] }
        }
    }
}
