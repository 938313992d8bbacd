import LinearAlgebra
import Testing

struct NearestRowTests {
    @Test(arguments: [0, 1, 2, 7, 100, 2_500], UInt64(1)...3)
    func `each row's minimum is the smallest over the features`(featureCount: Int, seed: UInt64) {
        var source = RandomSource(seed: seed)
        let block = randomElements(featureCount * RowBlock.rowCount, from: &source)
        let offsets = randomElements(featureCount, from: &source)
        var minima = SIMD16<Float>(repeating: .infinity)
        RowBlock.lowerMinima(&minima, to: block.span, offsets: offsets.span, scale: -2)
        for row in 0..<RowBlock.rowCount {
            let expected = (0..<featureCount).map { offsets[$0] - 2 * block[$0 * RowBlock.rowCount + row] }.min()
            #expect(abs(minima[row] - (expected ?? .infinity)) < 1e-6 || minima[row] == expected ?? .infinity)
        }
    }

    @Test func `a minimum that is lower already stays`() {
        let block = [Float](repeating: 3, count: 2 * RowBlock.rowCount)
        let offsets: [Float] = [10, 1]
        var minima = SIMD16<Float>(repeating: 100)
        minima[4] = -50
        RowBlock.lowerMinima(&minima, to: block.span, offsets: offsets.span, scale: 1)
        for row in 0..<RowBlock.rowCount { #expect(minima[row] == (row == 4 ? -50 : 4)) }
    }

    @Test func `what is not a number is not the smallest`() {
        var block = [Float](repeating: 1, count: 3 * RowBlock.rowCount)
        block[RowBlock.rowCount + 5] = .nan
        let offsets: [Float] = [3, 2, .nan]
        var minima = SIMD16<Float>(repeating: .infinity)
        RowBlock.lowerMinima(&minima, to: block.span, offsets: offsets.span, scale: 1)
        for row in 0..<RowBlock.rowCount { #expect(minima[row] == (row == 5 ? 4 : 3)) }
    }
}
