import AnomalyDetection
import Testing

struct TimestampTests {
    @Test func `arithmetic saturates instead of trapping`() {
        let latest = Timestamp(nanoseconds: .max)
        let earliest = Timestamp(nanoseconds: .min)
        #expect(latest.advanced(byNanoseconds: 1) == latest)
        #expect(earliest.advanced(byNanoseconds: -1) == earliest)
        #expect(latest.nanoseconds(since: earliest) == .max)
        #expect(earliest.nanoseconds(since: latest) == .min)
        #expect(Timestamp(seconds: 1e300) == latest)
        #expect(Timestamp(seconds: -1e300) == earliest)
    }

    @Test func `seconds are rounded to the nanosecond`() {
        #expect(Timestamp(seconds: 1.5).nanoseconds == 1_500_000_000)
        #expect(Timestamp(seconds: -0.000_000_000_4).nanoseconds == 0)
    }
}
