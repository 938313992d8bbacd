import AnomalyDetection
import LinearAlgebra
import Testing

struct CadenceTests {
    private let second: Int64 = 1_000_000_000

    private func times(_ distances: [Int64]) -> [Timestamp] {
        var times = [Timestamp(nanoseconds: 1_700_000_000_000_000_000)]
        for distance in distances {
            times.append(Timestamp(nanoseconds: times[times.count - 1].nanoseconds + distance))
        }
        return times
    }

    @Test(arguments: UInt64(1)...5) func `jitter and lost readings leave a rhythm regular`(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let distances = (0..<500).map { _ in
            let lost = random.uniform() < 0.1 ? Int64(1 + random.index(below: 20)) : 0
            return 10 * second * (1 + lost) + Int64(0.4 * random.normal() * 1e9)
        }
        let cadence = Cadence(inferredFrom: times(distances))
        #expect(cadence.isRegular)
        #expect(abs(cadence.interval - 10 * second) < second / 10)
    }

    @Test(arguments: UInt64(1)...5) func `readings at random moments have no rhythm`(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let cadence = Cadence(inferredFrom: times((0..<500).map { _ in 1 + Int64(random.uniform() * 20e9) }))
        #expect(!cadence.isRegular)
        #expect(cadence.slots(from: times([])[0], to: times([500 * second])[1]) == 1)
    }

    @Test(arguments: [([Int64](), false), ([5], true)]) func `few readings are enough`(
        distances: [Int64], isRegular: Bool
    ) {
        let cadence = Cadence(inferredFrom: times(distances))
        #expect(cadence.isRegular == isRegular)
        #expect(cadence.interval >= 1)
    }

    @Test(arguments: [(0, 1), (1, 1), (9, 1), (14, 1), (16, 2), (20, 2), (34, 3), (1_000, 100)] as [(Int64, Int)])
    func `the distance in slots is rounded and at least one`(seconds: Int64, slots: Int) {
        let cadence = Cadence(interval: 10 * second, isRegular: true)
        let start = Timestamp(nanoseconds: 0)
        #expect(cadence.slots(from: start, to: start.advanced(byNanoseconds: seconds * second)) == slots)
    }

    @Test func `the ends of time are no trouble`() {
        let cadence = Cadence(interval: 0, isRegular: true)
        #expect(cadence.interval == 1)
        #expect(cadence.slots(from: Timestamp(nanoseconds: .min), to: Timestamp(nanoseconds: .max)) == 1_000_000_000)
        #expect(Cadence(interval: .max, isRegular: true).duration(ofReadings: 1e9) > 0)
    }
}
