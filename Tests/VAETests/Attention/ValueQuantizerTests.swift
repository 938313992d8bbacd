import LinearAlgebra
import Testing
import VAE

struct ValueQuantizerTests {
    private static let normal: [Float] = {
        var source = RandomSource(seed: 1)
        return (0..<5_000).map { _ in Float(source.normal()) }
    }()
    private static let samples: [[Float]] = [
        normal, [], [0.3], [Float](repeating: 2, count: 500), normal.map { $0 < 0 ? -1 : 1 },
        normal.map { $0 * 1e-4 }, normal.map { $0 * 100 }, normal.map { ($0 * 4).rounded() / 4 },
    ]

    @Test(arguments: samples.indices, [2, 3, 64, 256])
    func `bins cover the range without a gap, and every value is in its own`(index: Int, binCount: Int) {
        let values = Self.samples[index]
        let quantizer = ValueQuantizer(values: values, binCount: binCount)
        #expect(quantizer.binCount == binCount && quantizer.edges.count == binCount + 1)
        #expect(quantizer.edges.first == -8 && quantizer.edges.last == 8)
        for bin in 0..<binCount {
            #expect(quantizer.edges[bin + 1] - quantizer.edges[bin] >= 1.0 / 64)
            #expect(quantizer.edges[bin] <= quantizer.centers[bin])
            #expect(quantizer.centers[bin] <= quantizer.edges[bin + 1])
            #expect(quantizer.shares[bin] > 0)
            #expect(quantizer.bin(of: quantizer.edges[bin]) == bin)
        }
        for value in values where abs(value) < 8 {
            let bin = quantizer.bin(of: value)
            #expect(quantizer.edges[bin] <= value && value < quantizer.edges[bin + 1])
        }
        #expect(abs(quantizer.shares.reduce(0, +) - 1) < 1e-5)
        #expect(quantizer.bin(of: -.infinity) == 0 && quantizer.bin(of: 1e30) == binCount - 1)
    }

    @Test func `bins hold about as many values each where there are many, and are not wide where there are few`() {
        let quantizer = ValueQuantizer(values: Self.normal, binCount: 64)
        let widths = (0..<64).map { quantizer.edges[$0 + 1] - quantizer.edges[$0] }
        // A quarter of the bins is spread evenly over 16 units, the rest over the values; borders are rounded to 1/64.
        #expect(widths.allSatisfy { $0 <= 1 + 1.0 / 64 })
        #expect(quantizer.shares.allSatisfy { $0 <= 1.4 / 64 / 0.75 })
        #expect((0..<64).count { quantizer.edges[$0] > -2.5 && quantizer.edges[$0 + 1] < 2.5 } > 45)
        #expect((0..<64).count { quantizer.edges[$0] >= 4 } >= 4)
    }

    @Test func `a bin's center is the mean of its values, and its middle where there are none`() {
        let quantizer = ValueQuantizer(values: [-1, 1, 1, 1.0001], binCount: 8)
        #expect(quantizer.centers[quantizer.bin(of: -1)] == -1)
        #expect(abs(quantizer.centers[quantizer.bin(of: 1)] - 1) < 1e-3)
        let empty = quantizer.bin(of: 7)
        #expect(quantizer.centers[empty] == (quantizer.edges[empty] + quantizer.edges[empty + 1]) / 2)
    }
}
