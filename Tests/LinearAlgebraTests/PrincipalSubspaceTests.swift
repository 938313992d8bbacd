import LinearAlgebra
import Testing

struct PrincipalSubspaceTests {
    /// Rows of so many columns that vary along a few random directions, and everywhere a little.
    private func rows(_ count: Int, columns: Int, deviations: [Double], noise: Double, seed: UInt64) -> Matrix {
        var random = RandomSource(seed: seed)
        let directions = deviations.map { deviation in
            (0..<columns).map { _ in random.normal() * deviation / Double(columns).squareRoot() }
        }
        var result = Matrix(rows: count, columns: columns)
        for row in 0..<count {
            let weights = deviations.map { _ in random.normal() }
            for column in 0..<columns {
                let sum = zip(weights, directions).reduce(noise * random.normal()) { $0 + $1.0 * $1.1[column] }
                result[row, column] = Float(3 + sum)
            }
        }
        return result
    }

    /// What a subspace leaves of the rows, as a share of their variance.
    private func rest(of rows: Matrix, in subspace: PrincipalSubspace) -> Double {
        var (total, left) = (0.0, 0.0)
        for row in 0..<rows.rowCount {
            let centered = (0..<rows.columnCount).map { rows[row, $0] - subspace.mean[$0] }
            let energy = centered.reduce(0.0) { $0 + Double($1 * $1) }
            var kept = 0.0
            for direction in 0..<subspace.dimensionCount {
                let start = direction * rows.columnCount
                let coordinate = centered.indices.reduce(0.0) {
                    $0 + Double(centered[$1] * subspace.directions[start + $1])
                }
                kept += coordinate * coordinate
            }
            total += energy
            left += energy - kept
        }
        return left / total
    }

    @Test(arguments: UInt64(1)...4) func `in many columns it holds what the exact one holds`(seed: UInt64) throws {
        let deviations = (0..<20).map { 10 / Double($0 + 1) }
        let rows = rows(500, columns: 260, deviations: deviations, noise: 0.02, seed: seed)
        let fast = try PrincipalSubspace(of: rows, dimensions: 16)
        let exact = try PrincipalSubspace(of: rows) { _ in 16 }
        #expect(fast.dimensionCount == 16 && exact.dimensionCount == 16)
        #expect(fast.mean == exact.mean)
        for (found, expected) in zip(fast.variances, exact.variances) { #expect(abs(found / expected - 1) < 1e-3) }
        #expect(rest(of: rows, in: fast) < rest(of: rows, in: exact) * 1.01 + 1e-6)
        for first in 0..<16 {
            for second in 0...first {
                let product = (0..<260).reduce(0.0) {
                    $0 + Double(fast.directions[first * 260 + $1] * fast.directions[second * 260 + $1])
                }
                #expect(abs(product - (first == second ? 1 : 0)) < 1e-4)
            }
        }
    }

    @Test func `rows that vary along fewer directions than are wanted give orthonormal ones all the same`() throws {
        for deviations in [[5.0, 1], []] {
            let rows = rows(100, columns: 300, deviations: deviations, noise: 0, seed: 1)
            let subspace = try PrincipalSubspace(of: rows, dimensions: 8)
            #expect(subspace.variances.dropFirst(deviations.count).allSatisfy { abs($0) < 1e-4 })
            for direction in 0..<8 {
                let length = subspace.directions[(direction * 300)..<((direction + 1) * 300)].reduce(0) { $0 + $1 * $1 }
                #expect(abs(length - 1) < 1e-4)
            }
        }
    }

    @Test func `it is the same each time, and in few columns the exact one`() throws {
        let wide = rows(200, columns: 250, deviations: [3, 2, 1], noise: 0.1, seed: 2)
        let first = try PrincipalSubspace(of: wide, dimensions: 5)
        #expect(try PrincipalSubspace(of: wide, dimensions: 5).directions == first.directions)
        let narrow = rows(200, columns: 12, deviations: [3, 2, 1], noise: 0.1, seed: 2)
        let exact = try PrincipalSubspace(of: narrow) { _ in 5 }
        #expect(try PrincipalSubspace(of: narrow, dimensions: 5).directions == exact.directions)
        #expect(try PrincipalSubspace(of: narrow, dimensions: 40).dimensionCount == 12)
    }
}
