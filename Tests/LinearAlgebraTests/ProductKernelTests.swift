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
        let old = randomElements(m * n, from: &source)
        for transposition in [Transposition.none, .transposed] {
            let products = fused.map {
                Self.product($0, a, b, transposition, rows: 0..<m, inner: k, columns: n).map(\.bitPattern)
            }
            #expect(products.allSatisfy { $0 == products.first })
            let turned = fused.map {
                Self.product($0, a, .transposed, b, transposition, sizes: (m, k, n), scale: 0.5, addedTo: old)
            }
            #expect(turned.allSatisfy { $0 == turned.first })
        }
    }

    /// `old + scale · op(a) · op(b)`, or the product alone where there is nothing old.
    private static func product(
        _ kernel: ProductKernel, _ a: [Float], _ aTransposition: Transposition, _ b: [Float],
        _ bTransposition: Transposition, sizes: (m: Int, k: Int, n: Int), scale: Float = 1, addedTo old: [Float]? = nil
    ) -> [UInt32] {
        // One element more than there are, to see that none beyond the end is written.
        var c = (old ?? [Float](repeating: .nan, count: sizes.m * sizes.n)) + [.nan]
        var all = c.mutableSpan
        var target = all._mutatingExtracting(0..<(sizes.m * sizes.n))
        multiply(
            a.span, aTransposition, by: b.span, bTransposition, rows: sizes.m, inner: sizes.k, columns: sizes.n,
            scale: scale, accumulating: old != nil, into: &target, using: kernel)
        let after = c.removeLast()
        #expect(after.isNaN)
        return c.map(\.bitPattern)
    }

    @Test(arguments: kernels, UInt64(1)...60)
    func `a product has the same bits however its factors are stored, also where it is added to something`(
        kernel: ProductKernel, seed: UInt64
    ) {
        var source = RandomSource(seed: seed)
        // Beyond the rows and columns of a panel, 128, and in most cases of several pieces of 64.
        let sizes = (m: source.index(below: 300), k: source.index(below: 300), n: source.index(below: 300))
        let (m, k, n) = sizes
        let a = randomElements(m * k, from: &source)
        let b = randomElements(k * n, from: &source)
        let old = randomElements(m * n, from: &source)
        let turnedA = (0..<(k * m)).map { a[$0 % m * k + $0 / m] }
        let turnedB = (0..<(n * k)).map { b[$0 % k * n + $0 / k] }

        let plain = Self.product(kernel, a, b, .none, rows: 0..<m, inner: k, columns: n).map(\.bitPattern)
        // Each piece of the sum by itself, scaled, and added to what was there or to the pieces before it.
        let scale: Float = -0.75
        var (scaled, added) = ([Float](repeating: 0, count: m * n), old)
        for start in stride(from: 0, to: k, by: 64) {
            let piece = start..<min(start + 64, k)
            let part = Self.product(
                kernel, (0..<m).flatMap { a[($0 * k + piece.lowerBound)..<($0 * k + piece.upperBound)] },
                Array(b[(piece.lowerBound * n)..<(piece.upperBound * n)]), .none, rows: 0..<m, inner: piece.count,
                columns: n)
            for index in part.indices {
                scaled[index] = start == 0 ? scale * part[index] : scaled[index] + scale * part[index]
                added[index] += scale * part[index]
            }
        }
        for (left, aTransposition) in [(a, Transposition.none), (turnedA, .transposed)] {
            for (right, bTransposition) in [(b, Transposition.none), (turnedB, .transposed)] {
                #expect(Self.product(kernel, left, aTransposition, right, bTransposition, sizes: sizes) == plain)
                #expect(
                    Self.product(kernel, left, aTransposition, right, bTransposition, sizes: sizes, scale: scale)
                        == scaled.map(\.bitPattern))
                #expect(
                    Self.product(
                        kernel, left, aTransposition, right, bTransposition, sizes: sizes, scale: scale, addedTo: old)
                        == added.map(\.bitPattern))
            }
        }
    }

    @Test(arguments: kernels)
    func `one row, one column or one product can be added to what is there`(kernel: ProductKernel) {
        var source = RandomSource(seed: 3)
        for sizes in [(m: 1, k: 200, n: 70), (m: 70, k: 200, n: 1), (m: 33, k: 1, n: 33), (m: 1, k: 1, n: 1)] {
            let a = randomElements(sizes.m * sizes.k, from: &source)
            let b = randomElements(sizes.k * sizes.n, from: &source)
            let old = randomElements(sizes.m * sizes.n, from: &source)
            for isTurned in [false, true] {
                let transposition = isTurned ? Transposition.transposed : .none
                let found = Self.product(
                    kernel, a, transposition, b, transposition, sizes: sizes, scale: 2, addedTo: old)
                for row in 0..<sizes.m {
                    for column in 0..<sizes.n {
                        let exact = (0..<sizes.k).reduce(Double(old[row * sizes.n + column])) { sum, p in
                            let left = isTurned ? a[p * sizes.m + row] : a[row * sizes.k + p]
                            let right = isTurned ? b[column * sizes.k + p] : b[p * sizes.n + column]
                            return sum + 2 * Double(left) * Double(right)
                        }
                        #expect(abs(Double(Float(bitPattern: found[row * sizes.n + column])) - exact) < 2e-5)
                    }
                }
            }
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
                multiply(
                    a.span.extracting(0..<(m * k)), .transposed, by: b.span, transposition, rows: m, inner: k,
                    columns: n, accumulating: true, into: &target)
                #expect(harken_allocation_count() == before)
            }
        }
    }
}
