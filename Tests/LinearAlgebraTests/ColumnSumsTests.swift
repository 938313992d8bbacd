import LinearAlgebra
import Testing

struct ColumnSumsTests {
    private static let columnCounts = [1, 2, 4, 5, 8, 15, 16, 17, 33]

    /// The columns of a window of random numbers, row by row.
    private func window(rows: Int, columns: Int, seed: UInt64 = 1) -> [Float] {
        var source = RandomSource(seed: seed)
        return randomElements(rows * columns, from: &source)
    }

    private func column(_ column: Int, of window: [Float], columns: Int) -> [Double] {
        stride(from: column, to: window.count, by: columns).map { Double(window[$0]) }
    }

    private func mean(_ values: some Collection<Double>) -> Double { values.reduce(0, +) / Double(values.count) }

    private func variance(_ values: [Double]) -> Double {
        let mean = mean(values)
        return self.mean(values.map { ($0 - mean) * ($0 - mean) })
    }

    /// What each kernel that this machine can run writes, which are the same bits.
    private func written(
        _ count: Int, sourceLocation: SourceLocation = #_sourceLocation,
        _ write: (inout MutableSpan<Float>, ProductKernel) -> Void
    ) -> [Float] {
        let found = ProductKernel.allCases.filter(\.isSupported).map { kernel in
            var elements = [Float](repeating: .nan, count: count)
            var target = elements.mutableSpan
            write(&target, kernel)
            return elements
        }
        for other in found {
            #expect(other.map(\.bitPattern) == found[0].map(\.bitPattern), sourceLocation: sourceLocation)
        }
        return found[0]
    }

    private func isNear(_ found: Float, _ expected: Double) -> Bool { abs(Double(found) - expected) < 1e-5 }

    @Test(arguments: columnCounts, [(1, 1), (4, 8), (32, 4), (32, 7)])
    func `means of blocks are less the mean of all, and rows left over are left out`(
        columns: Int, size: (blocks: Int, rows: Int)
    ) {
        let (blocks, rows) = size
        let window = window(rows: blocks * rows + blocks - 1, columns: columns)
        let found = written(blocks * columns) {
            ColumnSums.centeredBlockMeans(of: window.span, blocks: blocks, columns: columns, into: &$0, using: $1)
        }
        for index in 0..<columns {
            let values = column(index, of: window, columns: columns).prefix(blocks * rows)
            for block in 0..<blocks {
                let expected = mean(values[(block * rows)..<((block + 1) * rows)]) - mean(values)
                #expect(isNear(found[block * columns + index], expected))
            }
        }
    }

    @Test(arguments: columnCounts, [1, 2, 3, 4, 64, 71]) func `moments and statistics are those of each column`(
        columns: Int, rows: Int
    ) {
        let window = window(rows: rows + 1, columns: columns)
        let newest = Array(window[columns...])
        let moments = written(2 * columns) { ColumnSums.moments(of: newest.span, into: &$0, using: $1) }
        let found = written(6 * columns) { ColumnSums.statistics(of: window.span, into: &$0, using: $1) }
        for index in 0..<columns {
            let all = column(index, of: window, columns: columns)
            let values = Array(all[1...])
            let (largest, smallest) = (values.max() ?? 0, values.min() ?? 0)
            let expected = [
                mean(values), variance(values).squareRoot(), largest - smallest, largest, smallest,
                mean(zip(all, values).map { abs($1 - $0) }),
            ]
            for (number, value) in expected.enumerated() { #expect(isNear(found[number * columns + index], value)) }
            #expect(moments[index] == found[index])
            #expect(isNear(moments[columns + index] / Float(rows), variance(values)))
        }
    }

    @Test func `the deviation of a column far from zero is as exact as that of one around it`() {
        let window = (0..<65).map { 1_000 + Float($0 % 2) / 64 }
        let found = written(6) { ColumnSums.statistics(of: window.span, into: &$0, using: $1) }
        #expect(abs(found[1] - 1 / 128) < 1e-6)
    }

    @Test(arguments: columnCounts, [1, 3, 64, 66]) func `differences are those of scaled windows`(
        columns: Int, rows: Int
    ) {
        let (x, y) = (window(rows: rows, columns: columns), window(rows: rows, columns: columns, seed: 2))
        let (xMeans, yMeans) = (window(rows: 1, columns: columns, seed: 3), window(rows: 1, columns: columns, seed: 4))
        let weights = (0..<rows).map { Float($0) / Float(rows) }
        let found = written(2) { target, kernel in
            let sums = ColumnSums.squaredDifferences(
                of: x.span, means: xMeans.span, factor: 1.5, from: y.span, means: yMeans.span, factor: 0.5,
                weights: weights.span, using: kernel)
            (target[0], target[1]) = (sums.even, sums.weighted)
        }
        var (even, weighted) = (0.0, 0.0)
        for cell in x.indices {
            let own = Double(x[cell] - xMeans[cell % columns]) * 1.5
            let difference = own - Double(y[cell] - yMeans[cell % columns]) * 0.5
            even += difference * difference
            weighted += difference * difference * Double(weights[cell / columns])
        }
        #expect(abs(Double(found[0]) / even - 1) < 1e-5 && abs(Double(found[1]) - weighted) <= 1e-5 * weighted)
    }

    @Test(arguments: columnCounts, 0..<5) func `numbers are summed from a row on, and what is none is left out`(
        columns: Int, first: Int
    ) {
        var window = window(rows: 5, columns: columns)
        for cell in stride(from: 0, to: window.count, by: 3) { window[cell] = .nan }
        let found = written(columns + 1) { target, kernel in
            var sums = target._mutatingExtracting(0..<columns)
            let count = ColumnSums.numbers(of: window.span, from: first, into: &sums, using: kernel)
            target[columns] = Float(count)
        }
        for index in 0..<columns {
            var sum: Float = 0
            for row in 0..<5 {
                let value = window[(first + row) % 5 * columns + index]
                if !value.isNaN { sum += value }
            }
            #expect(found[index] == sum)
        }
        #expect(Int(found[columns]) == window.count { !$0.isNaN })
    }

    @Test(arguments: 0..<4) func `sizes that do not fit stop the process`(what: Int) async {
        await #expect(processExitsWith: .failure) { [what] in
            let window = [Float](repeating: 1, count: 12)
            var target = [Float](repeating: 0, count: 10)
            var all = target.mutableSpan
            switch what {
            case 0: ColumnSums.centeredBlockMeans(of: window.span, blocks: 5, columns: 3, into: &all)
            case 1: ColumnSums.moments(of: window.span, into: &all)
            case 2: ColumnSums.statistics(of: window.span, into: &all)
            default: _ = ColumnSums.numbers(of: window.span, from: 0, into: &all)
            }
        }
    }
}
