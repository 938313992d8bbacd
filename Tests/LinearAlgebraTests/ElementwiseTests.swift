import LinearAlgebra
import RealModule
import Testing

struct ElementwiseTests {
    /// A fine sweep over where the functions bend, and magnitudes up to the largest.
    static var sweep: [Float] {
        var values = (-120_000...120_000).map { Float($0) * 1e-4 }
        var magnitude: Float = 1e-38
        while magnitude < 3e38 {
            values += [magnitude, -magnitude]
            magnitude *= 1.37
        }
        return values + [.infinity, -.infinity, 0, -0.0, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
    }

    private func tanhOf(_ values: [Float]) -> [Float] {
        var values = values
        var span = values.mutableSpan
        replaceByTanh(&span)
        return values
    }

    @Test func `tanh is within a millionth of libm's and never leaves -1...1`() {
        let values = Self.sweep
        var worst = 0.0
        for (x, y) in zip(values, tanhOf(values)) {
            worst = max(worst, abs(Double(y) - Double.tanh(Double(x))))
            #expect(abs(y) <= 1, "tanh(\(x))")
        }
        #expect(worst <= 1e-6)
    }

    @Test func `tanh rounds to no more than 1 for any argument near its bend`() {
        let first = Float(5).bitPattern
        let arguments = (first...Float(8.5).bitPattern).map { Float(bitPattern: $0) }
        let values = tanhOf(arguments)
        #expect((values.max() ?? 2) <= 1)
    }

    @Test(arguments: ProductKernel.allCases.filter(\.isSupported))
    func `every kernel gives the same bits of tanh, in rows and in blocks`(kernel: ProductKernel) {
        let expected = tanhOf(Self.sweep).map(\.bitPattern)
        var values = Self.sweep
        var span = values.mutableSpan
        replaceByTanh(&span, using: kernel)
        #expect(values.map(\.bitPattern) == expected)

        var source = RandomSource(seed: 1)
        for columns in [1, 3, 7, 16, 17, 33] {
            let bias = randomElements(columns, from: &source)
            let rows = randomElements(16 * columns, from: &source)
            let sums = rows.indices.map { rows[$0] + bias[$0 % columns] }
            let tangents = tanhOf(sums).map(\.bitPattern)
            var byRow = rows + [.nan]
            var all = byRow.mutableSpan
            var target = all._mutatingExtracting(0..<(16 * columns))
            addBiasThenTanh(bias.span, toEachRowOf: &target, using: kernel)
            #expect(byRow.dropLast().map(\.bitPattern) == tangents)
            #expect(byRow[16 * columns].isNaN)
            var byFeature = rows.indices.map { rows[$0 % 16 * columns + $0 / 16] }
            target = byFeature.mutableSpan
            RowBlock.addBiasThenTanh(bias.span, to: &target, using: kernel)
            #expect(rows.indices.allSatisfy { byFeature[$0 % columns * 16 + $0 / columns].bitPattern == tangents[$0] })
        }
    }

    @Test func `columns are multiplied by their own numbers`() {
        var x: [Float] = [1, 2, 3, 4, 5, 6]
        let factors: [Float] = [2, 0, -1]
        var span = x.mutableSpan
        multiplyColumns(of: &span, by: factors.span)
        #expect(x == [2, 0, -3, 8, 0, -6])
    }

    @Test(arguments: [0, 1, 7, 8, 9, 31])
    func `sums in double precision take in every element`(count: Int) {
        let values = (0..<count).map { Float($0) + 0.5 }
        #expect(sumInDouble(values.span) == Double(count * count) / 2)
        #expect(sumOfSquares(values.span) == values.reduce(0) { $0 + Double($1) * Double($1) })
    }

    @Test func `tanh is exactly odd`() {
        let values = Self.sweep
        let (plus, minus) = (tanhOf(values), tanhOf(values.map { -$0 }))
        for (index, x) in values.enumerated() { #expect(minus[index] == -plus[index], "tanh(\(x))") }
    }

    @Test func `tanh of what is not a number is not a number`() {
        #expect(tanhOf([.nan, 1])[0].isNaN)
    }

    @Test func `exp is within two ten-millionths of libm's`() {
        var values = (-86_999...87_999).map { Float($0) * 1e-3 }
        let arguments = values
        var span = values.mutableSpan
        replaceByExp(&span)
        var worst = 0.0
        for (x, y) in zip(arguments, values) {
            let exact = Double.exp(Double(x))
            worst = max(worst, abs(Double(y) - exact) / exact)
        }
        #expect(worst <= 2e-7)
    }

    @Test func `exp of arguments beyond its range stays finite and positive, and keeps what is not a number`() {
        var values: [Float] = [-.infinity, -200, 200, .infinity, .nan]
        var span = values.mutableSpan
        replaceByExp(&span)
        #expect(values[0] > 0 && values[0] == values[1])
        #expect(values[2].isFinite && values[2] == values[3])
        #expect(values[4].isNaN)
    }

    @Test(arguments: 1...33)
    func `an element's tanh and exp do not depend on its place`(count: Int) {
        for place in 0..<count {
            var (t, e) = ([Float](repeating: 3, count: count), [Float](repeating: -2, count: count))
            t[place] = 0.731
            e[place] = 1.337
            var span = t.mutableSpan
            replaceByTanh(&span)
            span = e.mutableSpan
            replaceByExp(&span)
            #expect(t[place] == tanhOf([0.731])[0])
            var alone: [Float] = [1.337]
            span = alone.mutableSpan
            replaceByExp(&span)
            #expect(e[place] == alone[0])
        }
    }

    @Test(arguments: [1, 3, 8, 11, 16, 40])
    func `a bias goes to each row, or to each feature of a block`(columns: Int) {
        var source = RandomSource(seed: UInt64(columns))
        let bias = randomElements(columns, from: &source)
        let count = RowBlock.rowCount
        let rows = randomElements(count * columns, from: &source)
        var (byRow, byFeature) = (rows, rows)
        for row in 0..<count {
            for column in 0..<columns { byFeature[column * count + row] = rows[row * columns + column] }
        }
        var (byRowTanh, byFeatureTanh) = (byRow, byFeature)
        var span = byRow.mutableSpan
        addBias(bias.span, toEachRowOf: &span)
        span = byFeature.mutableSpan
        RowBlock.addBias(bias.span, to: &span)
        span = byRowTanh.mutableSpan
        addBiasThenTanh(bias.span, toEachRowOf: &span)
        span = byFeatureTanh.mutableSpan
        RowBlock.addBiasThenTanh(bias.span, to: &span)
        for row in 0..<count {
            for column in 0..<columns {
                let sum = rows[row * columns + column] + bias[column]
                #expect(byRow[row * columns + column] == sum)
                #expect(byFeature[column * count + row] == sum)
                #expect(byRowTanh[row * columns + column] == tanhOf([sum])[0])
                #expect(byFeatureTanh[column * count + row] == tanhOf([sum])[0])
            }
        }
    }
}
