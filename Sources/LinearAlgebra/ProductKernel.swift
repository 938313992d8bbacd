import CProducts

/// The instructions that products of matrices are computed with, and the functions beside them that cost much.
///
/// They are our own because OpenBLAS picks its kernels by a list of processors that ends with those known when it was
/// released: on a newer one it falls back to those of 2004 (SSE3) and takes three to seven times as long. These ask the
/// processor what it can do. They also sum each element in one order whatever the sizes are, which no BLAS promises.
///
/// The kernels with fused multiply-add, all but ``baseline`` on x86-64, give the same bits as each other.
package enum ProductKernel: CaseIterable, Sendable {
    /// What every processor of the architecture has: SSE2 on x86-64, NEON on arm64.
    case baseline
    /// AVX2 and FMA.
    case avx2
    /// AVX-512F.
    case avx512

    /// The fastest kernel that this machine can run. It stays the same for the life of the process.
    package static let best: ProductKernel = [.avx512, .avx2].first(where: \.isSupported) ?? .baseline

    /// Whether this machine can run the kernel.
    package var isSupported: Bool { harken_kernel_is_supported(code) }

    var code: harken_kernel {
        switch self {
        case .baseline: HARKEN_KERNEL_BASELINE
        case .avx2: HARKEN_KERNEL_AVX2
        case .avx512: HARKEN_KERNEL_AVX512
        }
    }
}

extension ProductKernel {
    /// Row-major `c = scale · op(a) · op(b)`, added to what `c` holds if `accumulating`; op(a) is (m × k), op(b) is (k × n),
    /// `c` is (m × n).
    func multiply(
        _ a: Span<Float>, _ aTransposition: Transposition, by b: Span<Float>, _ bTransposition: Transposition,
        rows m: Int, inner k: Int, columns n: Int, scale: Float, accumulating: Bool, into c: inout MutableSpan<Float>
    ) {
        precondition(m >= 0 && k >= 0 && n >= 0, "a product of \(m) × \(k) by \(k) × \(n)")
        precondition(a.count == m * k, "the left factor has \(a.count) elements, \(m) × \(k) are needed")
        precondition(b.count == k * n, "the right factor has \(b.count) elements, \(k) × \(n) are needed")
        precondition(c.count == m * n, "the product has room for \(c.count) elements, \(m) × \(n) are needed")
        precondition(isSupported, "this machine cannot run the kernel \(self)")
        guard m > 0, n > 0 else { return }
        guard k > 0 else {
            if !accumulating { c.update(repeating: 0) }
            return
        }
        // SAFETY: the function reads m · k elements of `a` and k · n of `b` and touches m · n of `c`, as many as the
        // preconditions found; without elements it is not called, so no address is nil. `c` is held exclusively, so it
        // overlaps neither.
        unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
                unsafe c.withUnsafeMutableBufferPointer { c in
                    unsafe harken_multiply(
                        code, a.baseAddress, aTransposition == .transposed, b.baseAddress,
                        bTransposition == .transposed, m, k, n, scale, accumulating, c.baseAddress)
                }
            }
        }
    }

    /// `c = a · op(b)` for a block of sixteen rows; op(b) is (k × n), `c` is (n × 16).
    ///
    /// `a` is (16 × k) if it is stored `byRows`, otherwise (k × 16).
    func multiplyBlock(
        _ a: Span<Float>, byRows: Bool, by b: Span<Float>, _ bTransposition: Transposition, inner k: Int,
        columns n: Int, into c: inout MutableSpan<Float>
    ) {
        let rowCount = RowBlock.rowCount
        precondition(rowCount == Int(HARKEN_BLOCK_ROWS))
        precondition(k >= 0 && n >= 0, "a product of \(rowCount) × \(k) by \(k) × \(n)")
        precondition(a.count == rowCount * k, "the block has \(a.count) elements, \(rowCount) × \(k) are needed")
        precondition(b.count == k * n, "the right factor has \(b.count) elements, \(k) × \(n) are needed")
        precondition(c.count == rowCount * n, "the product has room for \(c.count) elements, not \(rowCount) × \(n)")
        precondition(isSupported, "this machine cannot run the kernel \(self)")
        guard n > 0 else { return }
        guard k > 0 else { return c.update(repeating: 0) }
        // SAFETY: the function reads 16 · k elements of `a` and k · n of `b` and touches 16 · n of `c`, as many as the
        // preconditions found; `c` is held exclusively, so it overlaps neither.
        unsafe a.withUnsafeBufferPointer { a in
            unsafe b.withUnsafeBufferPointer { b in
                unsafe c.withUnsafeMutableBufferPointer { c in
                    unsafe harken_multiply_block(
                        code, a.baseAddress, byRows, b.baseAddress, bTransposition == .transposed, k, n, c.baseAddress)
                }
            }
        }
    }
}
