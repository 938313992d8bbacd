import CAllocationCounter
import LinearAlgebra
import Testing

struct ProductKernelTests {
    static let kernels = ProductKernel.allCases.filter(\.isSupported)

    /// Sizes around those at which a kernel changes its tiles or its pieces: vectors of 4, 8 and 16, pieces of 64, panels
    /// of 128.
    static let sizes = [
        0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 31, 32, 33, 47, 48, 63, 64, 65, 95, 100, 127, 128, 129, 191, 192,
        200, 255, 256, 257, 264, 320, 383, 500, 1000,
    ]

    private static func product(
        _ kernel: ProductKernel, _ a: [Float], _ b: [Float], _ transposition: Transposition, rows: Range<Int>,
        inner k: Int, columns n: Int
    ) -> [Float] {
        // One element more than there are, to see that none beyond the end is written.
        var c = [Float](repeating: .nan, count: rows.count * n + 1)
        var all = c.mutableSpan
        var target = all._mutatingExtracting(0..<(rows.count * n))
        multiplyRows(
            a.span.extracting((rows.lowerBound * k)..<(rows.upperBound * k)), by: b.span, transposition,
            rows: rows.count, inner: k, columns: n, into: &target, using: kernel)
        let after = c.removeLast()
        #expect(after.isNaN)
        return c
    }

    @Test(.timeLimit(.minutes(5)), arguments: kernels, [Transposition.none, .transposed])
    func `some rows of a product have the bits that they have among all`(
        kernel: ProductKernel, transposition: Transposition
    ) {
        var source = RandomSource(seed: 1)
        for k in Self.sizes {
            for n in Self.sizes where k * n <= 40_000 || (k + n) % 7 == 0 {
                let a = randomElements(33 * k, from: &source)
                let b = randomElements(k * n, from: &source)
                let all = Self.product(kernel, a, b, transposition, rows: 0..<33, inner: k, columns: n)
                let first = source.index(below: 18)
                for rows in [0..<16, first..<(first + 1), first..<(first + 2 + source.index(below: 14)), 16..<33] {
                    let some = Self.product(kernel, a, b, transposition, rows: rows, inner: k, columns: n)
                    let expected = all[(rows.lowerBound * n)..<(rows.upperBound * n)]
                    let areSame = some.map(\.bitPattern) == expected.map(\.bitPattern)
                    #expect(areSame, "\(rows), \(k) × \(n)")
                }
            }
        }
    }

    @Test(arguments: kernels, UInt64(1)...40)
    func `a block's product has the bits of its rows' product, however block and matrix are stored`(
        kernel: ProductKernel, seed: UInt64
    ) {
        var source = RandomSource(seed: seed)
        let (k, n) = (source.index(below: 300), source.index(below: 300))
        let count = RowBlock.rowCount
        let rows = randomElements(count * k, from: &source)
        let b = randomElements(k * n, from: &source)
        let features = (0..<(k * count)).map { rows[$0 % count * k + $0 / count] }
        let turned = (0..<(n * k)).map { b[$0 % k * n + $0 / k] }
        let expected = Self.product(kernel, rows, b, .none, rows: 0..<count, inner: k, columns: n)
        #expect(
            Self.product(kernel, rows, turned, .transposed, rows: 0..<count, inner: k, columns: n).map(\.bitPattern)
                == expected.map(\.bitPattern))
        let expectedByFeature = (0..<(n * count)).map { expected[$0 % count * n + $0 / count].bitPattern }
        for (matrix, transposition) in [(b, Transposition.none), (turned, .transposed)] {
            var found = [Float](repeating: .nan, count: n * count)
            var target = found.mutableSpan
            RowBlock.multiply(
                rows: rows.span, by: matrix.span, transposition, inner: k, columns: n, into: &target, using: kernel)
            #expect(found.map(\.bitPattern) == expectedByFeature)
            target = found.mutableSpan
            target.update(repeating: .nan)
            RowBlock.multiply(
                features: features.span, by: matrix.span, transposition, inner: k, columns: n, into: &target,
                using: kernel)
            #expect(found.map(\.bitPattern) == expectedByFeature)
        }
    }

    /// The error of a sum of k products of numbers below one is at most k · 2⁻²⁴ for each of its k terms; pieces of 64
    /// keep it far below that.
    @Test(arguments: kernels, UInt64(1)...40)
    func `a product is that in double precision but for its rounding`(kernel: ProductKernel, seed: UInt64) {
        var source = RandomSource(seed: seed)
        let (m, k, n) = (1 + source.index(below: 20), source.index(below: 400), source.index(below: 200))
        for transposition in [Transposition.none, .transposed] {
            let a = randomElements(m * k, from: &source)
            let b = randomElements(k * n, from: &source)
            let found = Self.product(kernel, a, b, transposition, rows: 0..<m, inner: k, columns: n)
            for row in 0..<m {
                for column in 0..<n {
                    let (start, step) = transposition == .none ? (column, n) : (column * k, 1)
                    let exact = (0..<k).reduce(0.0) { $0 + Double(a[row * k + $1]) * Double(b[start + $1 * step]) }
                    #expect(abs(Double(found[row * n + column]) - exact) < 1e-5)
                }
            }
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `the kernels with fused multiply-add give the same bits`(seed: UInt64) {
        let fused = Self.kernels.filter { $0 != .baseline }
        var source = RandomSource(seed: seed)
        let (m, k, n) = (1 + source.index(below: 20), 1 + source.index(below: 400), 1 + source.index(below: 400))
        let a = randomElements(m * k, from: &source)
        let b = randomElements(k * n, from: &source)
        for transposition in [Transposition.none, .transposed] {
            let products = fused.map {
                Self.product($0, a, b, transposition, rows: 0..<m, inner: k, columns: n).map(\.bitPattern)
            }
            #expect(products.allSatisfy { $0 == products.first })
        }
    }

    @Test(arguments: kernels)
    func `what is no number stays in its row`(kernel: ProductKernel) {
        var source = RandomSource(seed: 7)
        let (m, k, n) = (16, 130, 37)
        var a = randomElements(m * k, from: &source)
        let b = randomElements(k * n, from: &source)
        let before = Self.product(kernel, a, b, .none, rows: 0..<m, inner: k, columns: n)
        a[5 * k + 70] = .nan
        a[9 * k] = .infinity
        let after = Self.product(kernel, a, b, .none, rows: 0..<m, inner: k, columns: n)
        for row in 0..<m {
            let (old, new) = (before[(row * n)..<((row + 1) * n)], after[(row * n)..<((row + 1) * n)])
            if row == 5 || row == 9 {
                #expect(new.allSatisfy { !$0.isFinite })
            } else {
                #expect(new.map(\.bitPattern) == old.map(\.bitPattern))
            }
        }
    }

    @Test(.enabled(if: harken_allocation_counter_is_available(), "a sanitizer has an allocator of its own"))
    func `a product allocates nothing`() {
        var source = RandomSource(seed: 1)
        let (k, n) = (130, 150)
        let a = randomElements(40 * k, from: &source)
        let b = randomElements(k * n, from: &source)
        var c = [Float](repeating: 0, count: 40 * n)
        for m in [1, 4, 16, 40] {
            for transposition in [Transposition.none, .transposed] {
                let before = harken_allocation_count()
                var all = c.mutableSpan
                var target = all._mutatingExtracting(0..<(m * n))
                multiplyRows(
                    a.span.extracting(0..<(m * k)), by: b.span, transposition, rows: m, inner: k, columns: n,
                    into: &target)
                #expect(harken_allocation_count() == before)
            }
        }
    }
}
