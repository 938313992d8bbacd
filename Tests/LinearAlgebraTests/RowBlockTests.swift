import LinearAlgebra
import Testing

struct RowBlockTests {
    /// Sizes at which kernels change: units of 2 to 64, one less, one more, and sizes in between.
    static let sizes = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 31, 33, 48, 63, 64, 65, 100, 127, 128, 129]
    static let largeSizes = [200, 255, 257, 320, 383, 385, 448, 512, 599, 600]

    @Test(arguments: sizes + largeSizes, [Transposition.none, .transposed])
    func `a row's product is the same to the last bit alone, in any place and in any batch`(
        inner k: Int, transposition: Transposition
    ) {
        var source = RandomSource(seed: UInt64(k))
        for n in Self.sizes + (k % 3 == 0 ? Self.largeSizes : [383, 600]) {
            let b = randomElements(k * n, from: &source)
            let row = randomElements(k, from: &source)
            var alone = [Float](repeating: .nan, count: n)
            var aloneTarget = alone.mutableSpan
            multiplyRows(
                row.span, by: b.span, transposition, rows: 1, inner: k, columns: n, into: &aloneTarget)
            let expected = alone.map(\.bitPattern)

            for m in [1 + source.index(below: 15), 16, 17 + source.index(below: 40)] {
                // The row is in every place in turn; the others are random, and one is all NaN.
                var a = randomElements(m * k, from: &source)
                let places = m <= 17 ? Array(0..<m) : [0, 15, 16, m - 1, source.index(below: m)]
                for place in places {
                    let neighbour = (place + 1) % m
                    var batch = a
                    if neighbour != place {
                        batch.replaceSubrange(neighbour * k..<(neighbour + 1) * k, with: repeatElement(.nan, count: k))
                    }
                    batch.replaceSubrange(place * k..<(place + 1) * k, with: row)
                    var c = [Float](repeating: 0, count: m * n)
                    var target = c.mutableSpan
                    multiplyRows(
                        batch.span, by: b.span, transposition, rows: m, inner: k, columns: n, into: &target)
                    let found = c[place * n..<(place + 1) * n].map(\.bitPattern)
                    #expect(found == expected, "place \(place) of \(m), columns \(n)")
                }
                a.removeAll()
            }
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `a product in blocks is the product`(seed: UInt64) {
        var source = RandomSource(seed: seed)
        let (m, k, n) = (source.index(below: 70), 1 + source.index(below: 150), 1 + source.index(below: 150))
        for transposition in [Transposition.none, .transposed] {
            let a = randomElements(m * k, from: &source)
            let b = randomElements(k * n, from: &source)
            var (found, expected) = (
                [Float](repeating: .nan, count: m * n), [Float](repeating: .nan, count: m * n)
            )
            var target = found.mutableSpan
            multiplyRows(
                a.span, by: b.span, transposition, rows: m, inner: k, columns: n, into: &target)
            target = expected.mutableSpan
            multiply(a.span, by: b.span, transposition, rows: m, inner: k, columns: n, into: &target)
            for index in found.indices { #expect(abs(found[index] - expected[index]) < 1e-4) }
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `a block that is stored by features gives the product of one stored by rows, whatever a row's place`(
        seed: UInt64
    ) {
        var source = RandomSource(seed: seed)
        let (k, n) = (1 + source.index(below: 300), 1 + source.index(below: 300))
        let count = RowBlock.rowCount
        let rows = randomElements(count * k, from: &source)
        let b = randomElements(k * n, from: &source)
        var features = [Float](repeating: 0, count: k * count)
        for row in 0..<count {
            for feature in 0..<k { features[feature * count + row] = rows[row * k + feature] }
        }
        var (fromRows, fromFeatures) = (
            [Float](repeating: 0, count: n * count), [Float](repeating: 0, count: n * count)
        )
        var target = fromRows.mutableSpan
        RowBlock.multiply(rows: rows.span, by: b.span, inner: k, columns: n, into: &target)
        target = fromFeatures.mutableSpan
        RowBlock.multiply(features: features.span, by: b.span, inner: k, columns: n, into: &target)
        for index in fromRows.indices { #expect(abs(fromRows[index] - fromFeatures[index]) < 1e-4) }

        // Within either kind the place does not matter.
        for row in 1..<count {
            for feature in 0..<k { features[feature * count + row] = features[feature * count] }
        }
        target = fromFeatures.mutableSpan
        RowBlock.multiply(features: features.span, by: b.span, inner: k, columns: n, into: &target)
        for column in 0..<n {
            let block = fromFeatures[column * count..<(column + 1) * count]
            #expect(block.allSatisfy { $0 == block.first })
        }
    }
}
