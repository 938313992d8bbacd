/// The directions along which the rows of a matrix vary most, and their mean (principal components).
package struct PrincipalSubspace: Sendable {
    /// The mean row, (columns).
    package let mean: [Float]
    /// The directions, of length one, those of the largest variance first, (dimensions × columns).
    package let directions: [Float]
    /// The variances along all directions, also those that are not kept, descending. The last may be a little below zero.
    package let variances: [Double]

    /// The number of directions that are kept.
    package var dimensionCount: Int { directions.count / mean.count }

    /// The subspace of at least two rows; `dimensions` says for the variances, which descend, how many directions to keep.
    ///
    /// Throws when LAPACK finds no eigenvectors, which finite rows do not cause.
    package init(
        of rows: Matrix, keeping dimensions: (_ variances: [Double]) -> Int
    ) throws(LinearAlgebraFailure) {
        let (mean, covariance) = covariance(of: rows)
        let (variances, vectors) = try leadingEigenvectors(
            of: covariance, dimension: rows.columnCount, count: dimensions)
        self.mean = mean.map { Float($0) }
        self.variances = variances
        directions = vectors.map { Float($0) }
    }
}
