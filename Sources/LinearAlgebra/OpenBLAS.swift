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
