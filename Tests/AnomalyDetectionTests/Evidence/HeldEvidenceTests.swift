import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing

struct HeldEvidenceTests {
    @Test func `a steady sum stays what it is`() {
        var held = HeldEvidence()
        var last: Float = 0
        for _ in 0..<2_000 { last = held.follow(3) }
        #expect(abs(last - 3) < 1e-4)
    }

    @Test func `an odd reading is seen at once, and its neighbors behind it rank higher for a while`() {
        var held = HeldEvidence()
        for _ in 0..<1_000 { _ = held.follow(1) }
        let peak = held.follow(20)
        #expect(peak > 13 && peak < 20)
        let behind = (0..<400).map { _ in held.follow(1) }
        #expect(zip(behind, behind.dropFirst()).allSatisfy { $0 >= $1 })
        #expect(behind[0] > 1.9 && behind[63] < behind[0])
        // The cubes fade by e in 64 readings.
        let cube = Float(20 * 20 * 20 - 1) / 64
        let expected = (1 + 0.5 * Float.root(1 + cube * Float.exp(64 * Float.log(1 - 1 / 64)), 3)) / 1.5
        #expect(abs(behind[63] / expected - 1) < 1e-3)
        #expect(behind[399] < 1.2)
    }

    @Test func `many readings that are a little odd rank over a single one`() {
        var (many, one) = (HeldEvidence(), HeldEvidence())
        var (last, single): (Float, Float) = (0, 0)
        for reading in 0..<64 {
            last = many.follow(6)
            single = one.follow(reading == 0 ? 6 : 1)
        }
        #expect(last > 2 * single)
    }

    @Test(arguments: UInt64(1)...3) func `a higher sum never gives a lower score`(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var (low, high) = (HeldEvidence(), HeldEvidence())
        for _ in 0..<500 {
            let sum = Float(8 * random.uniform())
            let more = Float(random.uniform() < 0.2 ? 5 : 0)
            let (lower, higher) = (low.follow(sum), high.follow(sum + more))
            #expect(lower <= higher)
        }
    }

    /// A channel that never moved has errors of nearly nothing, in units of which any other is beyond all bounds.
    @Test(arguments: [1e13, 1e30, Float.greatestFiniteMagnitude, .infinity])
    func `a sum beyond all bounds leaves numbers behind it, and is forgotten in time`(sum: Float) {
        var held = HeldEvidence()
        #expect(held.follow(sum) > 1e12)
        var last = held.follow(1)
        #expect(last.isFinite && last > 1e4)
        for _ in 0..<4_000 { last = held.follow(1) }
        #expect(abs(last - 1) < 1e-3)
    }

    @Test func `a sum below zero holds nothing`() {
        var held = HeldEvidence()
        #expect(held.follow(-3) == -2)
        #expect(held.meanCube == 0)
    }
}
