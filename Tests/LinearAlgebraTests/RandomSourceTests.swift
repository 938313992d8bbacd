import LinearAlgebra
import Testing

struct RandomSourceTests {
    @Test func `the bits are those of SplitMix64`() {
        // The first outputs for the seed 1234567, as published with the reference implementation.
        var source = RandomSource(seed: 1_234_567)
        #expect(source.next() == 6_457_827_717_110_365_317)
        #expect(source.next() == 3_203_168_211_198_807_973)
        #expect(source.next() == 9_817_491_932_198_370_423)
    }

    @Test(arguments: UInt64(1)...5)
    func `normal numbers have the moments of the standard normal distribution`(seed: UInt64) {
        var source = RandomSource(seed: seed)
        let values = (0..<100_000).map { _ in source.normal() }
        let count = Double(values.count)
        #expect(abs(values.reduce(0, +) / count) < 0.02)
        #expect(abs(values.reduce(0) { $0 + $1 * $1 } / count - 1) < 0.03)
        #expect(abs(values.reduce(0) { $0 + $1 * $1 * $1 } / count) < 0.08)
        #expect(abs(values.reduce(0) { $0 + $1 * $1 * $1 * $1 } / count - 3) < 0.2)
    }

    @Test func `an index stays below its bound and meets every place`() {
        var source = RandomSource(seed: 3)
        var counts = [Int](repeating: 0, count: 7)
        for _ in 0..<7_000 { counts[source.index(below: 7)] += 1 }
        #expect(counts.allSatisfy { $0 > 800 && $0 < 1200 })
    }
}
