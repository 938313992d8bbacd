/// The directions along which the rows of a matrix vary most, and their mean (principal components).
package struct PrincipalSubspace: Sendable {
    /// The mean row, (columns).
    package let mean: [Float]
    /// The directions, of length one, those of the largest variance first, (dimensions × columns).
    package let directions: [Float]
    /// The variances along the directions that were found, also those that are not kept, descending. The last may be a little
    /// below zero.
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
        self.init(mean: mean.map { Float($0) }, directions: vectors.map { Float($0) }, variances: variances)
    }

    private init(mean: [Float], directions: [Float], variances: [Double]) {
        self.mean = mean
        self.directions = directions
        self.variances = variances
    }

    /// The subspace of so many dimensions, or of as many as there are columns, of at least two rows.
    ///
    /// In many columns it is found by subspace iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4), at a fraction of the
    /// cost: what it takes for the last directions may then lie a little beside them, where the variances there are alike.
    /// Throws when LAPACK finds no eigenvectors, which finite rows do not cause.
    package init(of rows: Matrix, dimensions: Int) throws(LinearAlgebraFailure) {
        let width = rows.columnCount
        guard width > SubspaceIteration.fewestColumns(dimensions: dimensions) else {
            try self.init(of: rows) { _ in min(dimensions, width) }
            return
        }
        let (mean, covariance) = covariance(of: rows)
        try requireFinite(covariance, columns: width)
        var iteration = SubspaceIteration(matrix: covariance.map { Float($0) }, columns: width, dimensions: dimensions)
        iteration.run()
        let (variances, directions) = try iteration.principalDirections()
        self.init(mean: mean.map { Float($0) }, directions: directions, variances: variances)
    }
}
