import COpenBLAS

extension OpenBLAS {
    /// Eigenvalues of a symmetric matrix, ascending, which replace `values`; the eigenvectors replace the matrix, one a
    /// row. Gives LAPACK's verdict, 0 where all went well.
    static func eigendecompose(_ a: inout [Double], dimension: Int, values: inout [Double]) -> Int {
        precondition(a.count == dimension * dimension, "\(a.count) elements are no square of \(dimension) rows")
        precondition(values.count == dimension, "room for \(values.count) of \(dimension) eigenvalues")
        precondition(isSingleThreaded)
        guard dimension > 0 else { return 0 }
        var n = fortranInteger(dimension)
        var (job, half) = (CChar(UInt8(ascii: "V")), lower)
        // The sizes of the workspaces are those that the documentation of dsyevd asks for.
        var workCount = fortranInteger(1 + 6 * dimension + 2 * dimension * dimension)
        var integerWorkCount = fortranInteger(3 + 5 * dimension)
        var work = [Double](repeating: 0, count: Int(workCount))
        var integerWork = [Int32](repeating: 0, count: Int(integerWorkCount))
        var verdict: Int32 = 0
        // SAFETY: the routine touches n · n elements of `a`, n of `values` and the workspaces up to the counts it is
        // told; all are arrays of exactly those counts.
        unsafe dsyevd_(
            &job, &half, &n, &a, &n, &values, &work, &workCount, &integerWork, &integerWorkCount, &verdict, 1, 1)
        // LAPACK leaves eigenvector i in its column i, which is our row i.
        return Int(verdict)
    }

    /// A symmetric matrix as a tridiagonal one and the reflections that lead there.
    struct Tridiagonal {
        fileprivate var reflections: [Double]  // (n × n)
        fileprivate var factors: [Double]
        fileprivate var diagonal: [Double]
        fileprivate var beside: [Double]
        fileprivate var dimension: Int { diagonal.count }
    }

    /// Room for blocks of so many columns: those that LAPACK works best in have 32 or 64.
    private static let blockColumns = 64

    /// Brings a symmetric matrix, of which one half is read, to tridiagonal form.
    static func tridiagonalize(_ a: [Double], dimension: Int) -> Tridiagonal {
        precondition(dimension > 0 && a.count == dimension * dimension, "\(a.count) elements, not \(dimension)²")
        precondition(isSingleThreaded)
        var result = Tridiagonal(
            reflections: a, factors: [Double](repeating: 0, count: dimension),
            diagonal: [Double](repeating: 0, count: dimension), beside: [Double](repeating: 0, count: dimension))
        var (n, half) = (fortranInteger(dimension), lower)
        var workCount = fortranInteger(dimension * blockColumns)
        var work = [Double](repeating: 0, count: Int(workCount))
        var verdict: Int32 = 0
        // SAFETY: the routine touches n · n elements of the matrix, n of the diagonal, n - 1 of the others and the workspace up to
        // the count it is told; all arrays have these counts or one more.
        unsafe dsytrd_(
            &half, &n, &result.reflections, &n, &result.diagonal, &result.beside, &result.factors, &work, &workCount,
            &verdict, 1)
        precondition(verdict == 0, "dsytrd does not accept its argument \(-verdict)")
        return result
    }

    /// All eigenvalues, ascending; nil where they did not converge.
    static func eigenvalues(of matrix: Tridiagonal) -> [Double]? {
        var (values, beside) = (matrix.diagonal, matrix.beside)
        var n = fortranInteger(matrix.dimension)
        var verdict: Int32 = 0
        // SAFETY: the routine touches n elements of the one array and n - 1 of the other.
        unsafe dsterf_(&n, &values, &beside, &verdict)
        return verdict == 0 ? values : nil
    }

    /// The eigenvectors of the largest eigenvalues, (count × n) with ascending values; nil where they did not converge.
    static func leadingEigenvectors(of matrix: Tridiagonal, count: Int) -> [Double]? {
        let dimension = matrix.dimension
        precondition(count > 0 && count <= dimension, "\(count) eigenvectors of a matrix of \(dimension) rows")
        var (diagonal, beside) = (matrix.diagonal, matrix.beside)
        var n = fortranInteger(dimension)
        var (job, range) = (CChar(UInt8(ascii: "V")), CChar(UInt8(ascii: "I")))
        var (unused, first, found) = (0.0, fortranInteger(dimension - count + 1), fortranInteger(0))
        var columns = fortranInteger(count)
        var values = [Double](repeating: 0, count: dimension)
        var vectors = [Double](repeating: 0, count: count * dimension)
        var support = [Int32](repeating: 0, count: 2 * count)
        var wantsAccuracy: Int32 = 1
        // The sizes of the workspaces are those that the documentation of dstemr asks for.
        var (workCount, integerWorkCount) = (fortranInteger(18 * dimension), fortranInteger(10 * dimension))
        var work = [Double](repeating: 0, count: Int(workCount))
        var integerWork = [Int32](repeating: 0, count: Int(integerWorkCount))
        var verdict: Int32 = 0
        // SAFETY: the routine touches n elements of the diagonals and of `values`, n · count of `vectors`, 2 · count of `support` and
        // the workspaces up to the counts it is told; all are arrays of exactly those counts.
        unsafe dstemr_(
            &job, &range, &n, &diagonal, &beside, &unused, &unused, &first, &n, &found, &values, &vectors, &n, &columns,
            &support, &wantsAccuracy, &work, &workCount, &integerWork, &integerWorkCount, &verdict, 1, 1)
        guard verdict == 0, Int(found) == count else { return nil }
        return reflected(vectors, count: columns, by: matrix)
    }

    /// The eigenvectors of a tridiagonal matrix as those of the matrix that it came from.
    private static func reflected(_ tridiagonal: [Double], count: Int32, by matrix: Tridiagonal) -> [Double] {
        var (vectors, columns) = (tridiagonal, count)
        var n = fortranInteger(matrix.dimension)
        var (side, half, plain) = (CChar(UInt8(ascii: "L")), lower, CChar(UInt8(ascii: "N")))
        var workCount = fortranInteger((Int(count) + blockColumns) * blockColumns)
        var work = [Double](repeating: 0, count: Int(workCount))
        var verdict: Int32 = 0
        // SAFETY: the routine reads n · n elements of the reflections and n - 1 of their factors and touches n · count of `vectors`,
        // whose columns are our rows, and the workspace up to the count it is told.
        unsafe dormtr_(
            &side, &half, &plain, &n, &columns, matrix.reflections, &n, matrix.factors, &vectors, &n, &work,
            &workCount, &verdict, 1, 1, 1)
        precondition(verdict == 0, "dormtr does not accept its argument \(-verdict)")
        return vectors
    }

    /// Replaces one half of a symmetric positive definite matrix by its Cholesky factor. Gives LAPACK's verdict: 0, or
    /// the number, from 1, of the first leading minor that is not positive.
    static func factorPositiveDefinite(_ a: inout [Double], dimension: Int) -> Int {
        precondition(a.count == dimension * dimension, "\(a.count) elements are no square of \(dimension) rows")
        precondition(isSingleThreaded)
        guard dimension > 0 else { return 0 }
        var n = fortranInteger(dimension)
        var half = lower
        var verdict: Int32 = 0
        // SAFETY: the routine touches n · n elements of `a`, which has that many.
        unsafe dpotrf_(&half, &n, &a, &n, &verdict, 1)
        return Int(verdict)
    }

    /// Replaces right-hand sides, one a row, by the solutions, with a factor from ``factorPositiveDefinite(_:dimension:)``.
    static func solve(factor: [Double], dimension: Int, rightHandSides b: inout [Double], count: Int) {
        precondition(
            factor.count == dimension * dimension, "\(factor.count) elements are no square of \(dimension) rows")
        precondition(b.count == count * dimension, "\(b.count) elements are not \(count) × \(dimension)")
        precondition(isSingleThreaded)
        guard dimension > 0, count > 0 else { return }
        var n = fortranInteger(dimension)
        var columnCount = fortranInteger(count)
        var half = lower
        var verdict: Int32 = 0
        // SAFETY: the routine reads n · n elements of `factor` and touches n · count of `b`, checked above. Its columns
        // are our rows.
        unsafe dpotrs_(&half, &n, &columnCount, factor, &n, &b, &n, &verdict, 1)
        precondition(verdict == 0, "dpotrs does not accept its argument \(-verdict)")
    }
}
