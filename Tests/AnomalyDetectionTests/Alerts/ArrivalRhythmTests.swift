import AnomalyDetection
import LinearAlgebra
import Testing

/// The usual time between arrivals.
struct ArrivalRhythmTests {
    private func rhythm(_ gaps: some Sequence<Double>) -> ArrivalRhythm {
        var rhythm = ArrivalRhythm()
        var time = SampleReadings.start
        rhythm.arrive(at: time)
        for gap in gaps {
            time = time.advanced(byNanoseconds: Int64(gap * 1e9))
            rhythm.arrive(at: time)
        }
        return rhythm
    }

    @Test func `a steady stream has its interval`() {
        let usual = rhythm(Array(repeating: 2.0, count: 5_000)).usualGap / 1e9
        #expect(usual > 1.9 && usual < 3.1, "\(usual)")
    }

    @Test(arguments: UInt64(1)...5) func `of random gaps few are longer`(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let gaps = (0..<20_000).map { _ in Double(random.uniform()) * 10 }
        let usual = rhythm(gaps).usualGap / 1e9
        #expect(usual > 8 && usual < 16, "\(usual)")
    }

    @Test func `one outage makes it half as long again, no more`() {
        let before = rhythm(Array(repeating: 1.0, count: 500)).usualGap
        let after = rhythm(Array(repeating: 1.0, count: 500) + [86_400]).usualGap
        #expect(after <= before * 1.5)
    }

    @Test func `what nobody listened to says nothing`() {
        var rhythm = rhythm(Array(repeating: 1.0, count: 100))
        let before = rhythm.usualGap
        let later = SampleReadings.start.advanced(byNanoseconds: 1_000_000_000_000)
        rhythm.listen(from: later)
        #expect(rhythm.usualGap == before)
        #expect(rhythm.lastArrival == later)
        rhythm.arrive(at: later.advanced(byNanoseconds: 1_000_000_000_000), counts: false)
        #expect(rhythm.usualGap == before)
    }
}
