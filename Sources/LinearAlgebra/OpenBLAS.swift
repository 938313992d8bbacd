import COpenBLAS

/// The calls into OpenBLAS and its LAPACK; the only place that makes them.
///
/// Everything here checks the sizes of what it was handed before it passes an address on, so that what leaves this file
/// is safe. OpenBLAS runs in the calling thread alone: Harken's parallelism is its own.
enum OpenBLAS {
    /// Sets the number of OpenBLAS's threads when it is first read; a global is initialized once, under a lock.
    private static let isSingleThreaded: Bool = {
        openblas_set_num_threads(1)
        return true
    }()

    /// How LAPACK is told which half of a symmetric matrix to read. It counts in columns, we in rows, so for us it is
    /// the upper half; only one of them is ever read.
    private static let lower = CChar(UInt8(ascii: "L"))

    private static func fortranInteger(_ value: Int) -> Int32 {
        precondition(value >= 0 && value <= Int(Int32.max), "\(value) is not a size that OpenBLAS can be told")
        return Int32(value)
    }

    /// Row-major `c = scale · op(a) · op(b)`, added to what `c` holds if `accumulating`; op(a) is (m × k), op(b) (k × n).
    static func multiply(
        _ a: Span<Float>, _ aTransposition: Transposition, by b: Span<Float>, _ bTransposition: Transposition,
        rows m: Int, inner k: Int, columns n: Int, scale: Float, accumulating: Bool, into c: inout MutableSpan<Float>
    ) {
        precondition(m >= 0 && k >= 0 && n >= 0, "a product of \(m) × \(k) by \(k) × \(n)")
        precondition(a.count == m * k, "the left factor has \(a.count) elements, \(m) × \(k) are needed")
        precondition(b.count == k * n, "the right factor has \(b.count) elements, \(k) × \(n) are needed")
        precondition(c.count == m * n, "the product has room for \(c.count) elements, \(m) × \(n) are needed")
        precondition(isSingleThreaded)
        guard m > 0, n > 0 else { return }
        guard k > 0 else {
            if !accumulating { for index in c.indices { c[index] = 0 } }
            return
        }
        let aStride = fortranInteger(aTransposition == .none ? k : m)
        let bStride = fortranInteger(bTransposition == .none ? n : k)
        let (rowCount, innerCount, columnCount) = (fortranInteger(m), fortranInteger(k), fortranInteger(n))
        // SAFETY: with these strides the routine reads m · k elements of `a` and k · n of `b` and writes m · n of `c`,
        // as many as the preconditions found; `c` is held exclusively, so it overlaps neither.
        unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
                unsafe c.withUnsafeMutableBufferPointer { c in
                    unsafe cblas_sgemm(
                        CblasRowMajor, aTransposition.code, bTransposition.code, rowCount, columnCount, innerCount,
                        scale, a.baseAddress, aStride, b.baseAddress, bStride, accumulating ? 1 : 0,
                        c.baseAddress, columnCount)
                }
            }
        }
    }

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

    /// Row-major `c = aᵀ · a` for `a` (rows × columns); one half of `c` is written, that from the diagonal to the right.
    static func squares(_ a: Span<Float>, rows: Int, columns: Int, into c: inout MutableSpan<Float>) {
        precondition(a.count == rows * columns && c.count == columns * columns)
        precondition(rows > 0 && columns > 0 && isSingleThreaded)
        let (n, k) = (fortranInteger(columns), fortranInteger(rows))
        // SAFETY: the routine reads k · n elements of `a` and touches n · n of `c`, as the precondition found.
        unsafe a.withUnsafeBufferPointer { a in
            unsafe c.withUnsafeMutableBufferPointer { c in
                unsafe cblas_ssyrk(
                    CblasRowMajor, CblasUpper, CblasTrans, n, k, 1, a.baseAddress, n, 0, c.baseAddress, n)
            }
        }
    }

    /// Row-major `c += aᵀ · a` for `a` (rows × columns) in `Double`; one half of `c` is touched, that from the diagonal to the right.
    static func addSquares(_ a: [Double], rows: Int, columns: Int, to c: inout [Double]) {
        precondition(a.count >= rows * columns && c.count == columns * columns)
        precondition(rows > 0 && columns > 0 && isSingleThreaded)
        let (n, k) = (fortranInteger(columns), fortranInteger(rows))
        // SAFETY: the routine reads k · n elements of `a` and touches n · n of `c`, as the precondition found.
        unsafe cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, n, k, 1, a, n, 1, &c, n)
    }

    /// Row-major `c += aᵀ · b` in `Double`; `a` is (rows × m), `b` is (rows × n), `c` is (m × n).
    static func addProduct(_ a: [Double], _ m: Int, by b: [Double], _ n: Int, rows: Int, to c: inout [Double]) {
        precondition(a.count >= rows * m && b.count >= rows * n && c.count == m * n)
        precondition(rows > 0 && m > 0 && n > 0 && isSingleThreaded)
        let (rowCount, columnCount, inner) = (fortranInteger(m), fortranInteger(n), fortranInteger(rows))
        // SAFETY: the routine reads rows · m elements of `a` and rows · n of `b` and touches m · n of `c`, as the precondition found.
        unsafe cblas_dgemm(
            CblasRowMajor, CblasTrans, CblasNoTrans, rowCount, columnCount, inner, 1, a, rowCount, b, columnCount, 1,
            &c, columnCount)
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

extension Transposition {
    fileprivate var code: CBLAS_TRANSPOSE { self == .none ? CblasNoTrans : CblasTrans }
}
