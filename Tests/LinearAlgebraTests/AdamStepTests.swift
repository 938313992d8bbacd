import LinearAlgebra
import Testing

struct AdamStepTests {
    @Test(arguments: ProductKernel.allCases.filter(\.isSupported), [0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 100, 1_027])
    func `a step is that of the formula for each parameter, to the last bit`(kernel: ProductKernel, count: Int) {
        var source = RandomSource(seed: UInt64(count))
        let gradient = randomElements(count, from: &source)
        var (found, mean) = (randomElements(count, from: &source), randomElements(count, from: &source))
        var square = randomElements(count, from: &source).map(abs)
        var (expected, expectedMean, expectedSquare) = (found, mean, square)
        let step = AdamStep(meanDecay: 0.9, squareDecay: 0.999, rate: 1e-3, squareFactor: 1.7, epsilon: 1e-8)
        for _ in 0..<3 {
            step.move(&found, gradient: gradient, mean: &mean, square: &square, using: kernel)
            for (index, g) in gradient.enumerated() {
                let m = step.meanDecay * expectedMean[index] + (1 - step.meanDecay) * g
                let v = step.squareDecay * expectedSquare[index] + (1 - step.squareDecay) * g * g
                let root = (v * step.squareFactor).squareRoot()
                (expectedMean[index], expectedSquare[index]) = (m, v)
                expected[index] -= step.rate * m / (root + step.epsilon)
            }
        }
        #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
        #expect(mean.map(\.bitPattern) == expectedMean.map(\.bitPattern))
        #expect(square.map(\.bitPattern) == expectedSquare.map(\.bitPattern))
    }

    @Test func `counts that differ stop the process`() async {
        await #expect(processExitsWith: .failure) {
            var (parameters, mean, square): ([Float], [Float], [Float]) = ([1, 2], [0, 0], [0])
            AdamStep(meanDecay: 0.9, squareDecay: 0.999, rate: 1, squareFactor: 1, epsilon: 1e-8)
                .move(&parameters, gradient: [1, 1], mean: &mean, square: &square)
        }
    }
}
