import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing

struct CharacteristicLengthTests {
    private func wave(_ period: Double, noise: Double = 0.3, count: Int = 2_000, seed: UInt64) -> [Float] {
        var random = RandomSource(seed: seed)
        return (0..<count).map { index in
            Float(Double.sin(2 * .pi * Double(index) / period) + noise * random.normal())
        }
    }

    private func noise(_ seed: UInt64) -> [Float] {
        var random = RandomSource(seed: seed)
        return (0..<2_000).map { _ in Float(random.normal()) }
    }

    @Test(arguments: [12.0, 24, 40, 75], UInt64(1)...3) func `the period of a wave is found`(
        period: Double, seed: UInt64
    ) throws {
        let found = try #require(CharacteristicLength.period(of: wave(period, seed: seed)))
        #expect(abs(Double(found) - period) <= max(1, 0.03 * period))
    }

    @Test func `a window is never longer than the limit`() {
        #expect(CharacteristicLength.infer(from: [wave(200, noise: 0, seed: 1)]) == CharacteristicLength.longest)
    }

    @Test(arguments: UInt64(1)...5) func `noise, too little and a constant have no period`(seed: UInt64) {
        #expect(CharacteristicLength.period(of: noise(seed)) == nil)
        #expect(CharacteristicLength.period(of: [Float](repeating: 3, count: 500)) == nil)
        #expect(CharacteristicLength.period(of: []) == nil)
        #expect(CharacteristicLength.period(of: wave(9, count: 20, seed: seed)) == nil)
    }

    @Test(arguments: [(24.0, 24), (40, 40), (8, 16), (12, 24)]) func `a window spans its period, within limits`(
        period: Double, length: Int
    ) {
        let columns = (1...3).map { wave(period, noise: 0.1, seed: $0) }
        #expect(abs(CharacteristicLength.infer(from: columns) - length) <= 1)
    }

    @Test func `a period that few channels have does not count`() {
        let columns = [wave(24, seed: 1), noise(2), noise(3)]
        #expect(CharacteristicLength.infer(from: columns) == CharacteristicLength.withoutPeriod)
        #expect(CharacteristicLength.infer(from: [wave(24, seed: 1), noise(2)]) == 24)
        #expect(CharacteristicLength.infer(from: []) == CharacteristicLength.withoutPeriod)
    }
}
