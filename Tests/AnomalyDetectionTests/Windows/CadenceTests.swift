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
            let lost = random.uniform() < 0.1 ? Int64(1 + random.index(below: 4)) : 0
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

    /// The times of a stream on a grid of ten seconds in which each slot is empty with this probability.
    private func sparse(_ empty: Double, outages: Int = 0, seed: UInt64) -> [Timestamp] {
        var random = RandomSource(seed: seed)
        var distances: [Int64] = []
        while distances.count < 2_000 {
            var slots: Int64 = 1
            while random.uniform() < empty { slots += 1 }
            distances.append(slots * 10 * second)
        }
        for outage in 0..<outages { distances[outage * 40] = Int64(100 + outage * 7) * 10 * second }
        return times(distances)
    }

    @Test(arguments: [(0.0, true), (0.1, true), (0.2, true), (0.3, false), (0.4, false)], UInt64(1)...3)
    func `a stream that leaves more than a quarter of its slots empty is irregular`(
        stream: (empty: Double, isRegular: Bool), seed: UInt64
    ) {
        let cadence = Cadence(inferredFrom: sparse(stream.empty, seed: seed))
        #expect(cadence.isRegular == stream.isRegular)
        #expect(cadence.interval == 10 * second)
    }

    @Test(arguments: UInt64(1)...3) func `outages do not make a stream irregular, nor regular`(seed: UInt64) {
        #expect(Cadence(inferredFrom: sparse(0.1, outages: 40, seed: seed)).isRegular)
        #expect(!Cadence(inferredFrom: sparse(0.35, outages: 40, seed: seed)).isRegular)
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
