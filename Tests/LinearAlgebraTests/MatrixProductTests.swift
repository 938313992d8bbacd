import LinearAlgebra
import Testing

struct MatrixProductTests {
    @Test(arguments: UInt64(1)...40)
    func `a product equals the sum over the inner dimension, in every transposition`(seed: UInt64) {
        var source = RandomSource(seed: seed)
        let (m, k, n) = (1 + source.index(below: 40), 1 + source.index(below: 70), 1 + source.index(below: 40))
        for aT in [Transposition.none, .transposed] {
            for bT in [Transposition.none, .transposed] {
                let a = randomElements(m * k, from: &source)
                let b = randomElements(k * n, from: &source)
                let old = randomElements(m * n, from: &source)
                for accumulating in [false, true] {
                    var c = old
                    var target = c.mutableSpan
                    multiply(
                        a.span, aT, by: b.span, bT, rows: m, inner: k, columns: n, scale: 0.5,
                        accumulating: accumulating, into: &target)
                    for row in 0..<m {
                        for column in 0..<n {
                            var sum = accumulating ? Double(old[row * n + column]) : 0
                            for i in 0..<k {
                                let left = aT == .none ? a[row * k + i] : a[i * m + row]
                                let right = bT == .none ? b[i * n + column] : b[column * k + i]
                                sum += 0.5 * Double(left) * Double(right)
                            }
                            #expect(abs(Double(c[row * n + column]) - sum) < 2e-5, "(\(row), \(column))")
                        }
                    }
                }
            }
        }
    }

    @Test func `a product over nothing is zero, or what was there`() {
        var c: [Float] = [1, 2]
        let empty: [Float] = []
        var target = c.mutableSpan
        multiply(empty.span, by: empty.span, rows: 2, inner: 0, columns: 1, accumulating: true, into: &target)
        #expect(c == [1, 2])
        target = c.mutableSpan
        multiply(empty.span, by: empty.span, rows: 2, inner: 0, columns: 1, into: &target)
        #expect(c == [0, 0])
    }

    @Test func `a product without rows or columns is empty`() {
        var c: [Float] = []
        let b: [Float] = [1, 2, 3]
        let empty: [Float] = []
        var target = c.mutableSpan
        multiply(empty.span, by: b.span, rows: 0, inner: 3, columns: 1, into: &target)
        multiply(b.span, by: empty.span, rows: 1, inner: 3, columns: 0, into: &target)
        #expect(c.isEmpty)
    }

    @Test func `sizes that do not fit stop the process before BLAS sees them`() async {
        await #expect(processExitsWith: .failure) {
            let (a, b): ([Float], [Float]) = ([1, 2, 3], [1, 2])
            var c: [Float] = [0]
            var target = c.mutableSpan
            multiply(a.span, by: b.span, rows: 1, inner: 3, columns: 1, into: &target)
        }
    }
}
