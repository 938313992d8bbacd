import COpenBLAS

/// The calls into OpenBLAS and its LAPACK; the only place that makes them; those into LAPACK are in an extension.
///
/// Everything here checks the sizes of what it was handed before it passes an address on, so that what leaves this file
/// is safe. OpenBLAS runs in the calling thread alone: Harken's parallelism is its own. Products of `Float` are not its part:
/// ``ProductKernel`` says why.
enum OpenBLAS {
    /// Sets the number of OpenBLAS's threads when it is first read; a global is initialized once, under a lock.
    static let isSingleThreaded: Bool = {
        openblas_set_num_threads(1)
        return true
    }()

    /// How LAPACK is told which half of a symmetric matrix to read. It counts in columns, we in rows, so for us it is
    /// the upper half; only one of them is ever read.
    static let lower = CChar(UInt8(ascii: "L"))

    static func fortranInteger(_ value: Int) -> Int32 {
        precondition(value >= 0 && value <= Int(Int32.max), "\(value) is not a size that OpenBLAS can be told")
        return Int32(value)
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
}
