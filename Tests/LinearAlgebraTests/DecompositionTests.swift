import LinearAlgebra
import Testing

struct DecompositionTests {
    /// A symmetric matrix, and with `isPositive` a positive definite one.
    private func symmetric(_ n: Int, isPositive: Bool, from source: inout RandomSource) -> [Double] {
        let b = (0..<n * n).map { _ in source.uniform() * 2 - 1 }
        var a = [Double](repeating: 0, count: n * n)
        for row in 0..<n {
            for column in 0..<n {
                if isPositive {
                    a[row * n + column] = (0..<n).reduce(row == column ? 0.1 : 0) {
                        $0 + b[row * n + $1] * b[column * n + $1]
                    }
                } else {
                    a[row * n + column] = b[row * n + column] + b[column * n + row]
                }
            }
        }
        return a
    }

    @Test(arguments: UInt64(1)...30)
    func `eigenvectors are orthonormal, ascending, and give the matrix back`(seed: UInt64) throws {
        var source = RandomSource(seed: seed)
        let n = 1 + source.index(below: 60)
        let a = symmetric(n, isPositive: false, from: &source)
        let (values, vectors) = try symmetricEigendecomposition(a, dimension: n)
        #expect(values == values.sorted())
        for row in 0..<n {
            let vector = vectors[row * n..<(row + 1) * n]
            #expect((vector.max { abs($0) < abs($1) } ?? -1) > 0)
            for column in 0..<n {
                let product = (0..<n).reduce(0.0) { $0 + vectors[row * n + $1] * vectors[column * n + $1] }
                #expect(abs(product - (row == column ? 1 : 0)) < 1e-12)
                let rebuilt = (0..<n).reduce(0.0) { $0 + values[$1] * vectors[$1 * n + row] * vectors[$1 * n + column] }
                #expect(abs(rebuilt - a[row * n + column]) < 1e-11)
            }
        }
    }

    @Test(arguments: UInt64(1)...40)
    func `the leading eigenvectors are the last of all, also where values are equal or zero`(seed: UInt64) throws {
        var source = RandomSource(seed: seed)
        let n = 1 + source.index(below: 80)
        let wanted = 1 + source.index(below: n)
        var a = symmetric(n, isPositive: seed.isMultiple(of: 2), from: &source)
        // Every fourth is of low rank with all its other values at zero, every fourth a multiple of the identity but for one.
        if seed % 4 == 1 {
            let direction = (0..<n).map { _ in source.normal() }
            for index in a.indices { a[index] = direction[index / n] * direction[index % n] }
        } else if seed % 4 == 3 {
            for index in a.indices { a[index] = index / n == index % n ? (index == 0 ? 5 : 2) : 0 }
        }
        let all = try symmetricEigendecomposition(a, dimension: n)
        let (values, vectors) = try leadingEigenvectors(of: a, dimension: n) { values in
            #expect(values == values.sorted(by: >))
            return wanted
        }
        let scale = max(1, abs(values[0]), abs(values[n - 1]))
        for (found, expected) in zip(values, all.values.reversed()) { #expect(abs(found - expected) < 1e-12 * scale) }
        #expect(vectors.count == wanted * n)
        for row in 0..<wanted {
            let vector = Array(vectors[row * n..<(row + 1) * n])
            #expect((vector.max { abs($0) < abs($1) } ?? -1) > 0)
            for index in 0..<n {
                let image = (0..<n).reduce(0.0) { $0 + a[index * n + $1] * vector[$1] }
                #expect(abs(image - values[row] * vector[index]) < 1e-11 * scale)
            }
            for other in 0...row {
                let product = (0..<n).reduce(0.0) { $0 + vector[$1] * vectors[other * n + $1] }
                #expect(abs(product - (row == other ? 1 : 0)) < 1e-11)
            }
        }
    }

    @Test func `eigenvalues of a matrix worked out by hand`() throws {
        let (values, vectors) = try symmetricEigendecomposition([2, 1, 1, 2], dimension: 2)
        #expect(abs(values[0] - 1) < 1e-14 && abs(values[1] - 3) < 1e-14)
        let half = 0.5.squareRoot()
        for (found, expected) in zip(vectors.map(abs), [half, half, half, half]) {
            #expect(abs(found - expected) < 1e-14)
        }
        #expect(vectors[2] > 0 && vectors[3] > 0)
    }

    @Test(arguments: UInt64(1)...30)
    func `a positive definite system is solved for every right-hand side`(seed: UInt64) throws {
        var source = RandomSource(seed: seed)
        let (n, count) = (1 + source.index(below: 50), 1 + source.index(below: 6))
        let a = symmetric(n, isPositive: true, from: &source)
        let b = (0..<count * n).map { _ in source.uniform() }
        let x = try solvePositiveDefinite(a, dimension: n, rightHandSides: b, count: count)
        for side in 0..<count {
            for row in 0..<n {
                let product = (0..<n).reduce(0.0) { $0 + a[row * n + $1] * x[side * n + $1] }
                #expect(abs(product - b[side * n + row]) < 1e-9)
            }
        }
    }

    @Test func `a system that is not positive definite says so, and where`() {
        #expect(throws: LinearAlgebraFailure.notPositiveDefinite(order: 2, dimension: 2)) {
            try solvePositiveDefinite([1, 2, 2, 1], dimension: 2, rightHandSides: [1, 1], count: 1)
        }
    }

    @Test func `elements that are not finite are refused with their place`() {
        #expect(throws: LinearAlgebraFailure.notFinite(row: 1, column: 0)) {
            try symmetricEigendecomposition([1, 0, .nan, 1], dimension: 2)
        }
        #expect(throws: LinearAlgebraFailure.notFinite(row: 0, column: 1)) {
            try solvePositiveDefinite([1, 0, 0, 1], dimension: 2, rightHandSides: [0, .infinity], count: 1)
        }
    }

    @Test(arguments: UInt64(1)...10)
    func `a covariance is that of the definition, far from zero and over many rows too`(seed: UInt64) {
        var source = RandomSource(seed: seed)
        let (n, d) = (2 + source.index(below: 3000), 1 + source.index(below: 12))
        var rows = Matrix(rows: n, columns: d)
        for row in 0..<n {
            let common = source.normal()
            for column in 0..<d { rows[row, column] = Float(100 + common + source.normal() * Double(column + 1)) }
        }
        let (mean, found) = covariance(of: rows)
        for i in 0..<d {
            let exactMean = (0..<n).reduce(0.0) { $0 + Double(rows[$1, i]) } / Double(n)
            #expect(abs(mean[i] - exactMean) < 1e-9)
            for j in 0..<d {
                let sum = (0..<n).reduce(0.0) { $0 + (Double(rows[$1, i]) - mean[i]) * (Double(rows[$1, j]) - mean[j]) }
                let exact = sum / Double(n - 1)
                #expect(abs(found[i * d + j] - exact) < 1e-4 * Double((i + 1) * (j + 1)))
                #expect(found[i * d + j] == found[j * d + i])
            }
        }
    }
}
