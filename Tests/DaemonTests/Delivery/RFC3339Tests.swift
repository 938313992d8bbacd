import AnomalyDetection
import Daemon
import Foundation
import Testing

struct RFC3339Tests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00Z"), (1_767_323_045_250_000_000, "2026-01-02T03:04:05.25Z"),
        (Int64.max, "2262-04-11T23:47:16.854775807Z"), (Int64.min, "1677-09-21T00:12:43.145224192Z"),
        (1_000, "1970-01-01T00:00:00.000001Z"),
    ])
    func `a time is written with the decimals it needs`(nanoseconds: Int64, expected: String) {
        #expect(RFC3339.text(Timestamp(nanoseconds: nanoseconds)) == expected)
    }

    @Test(arguments: UInt64(1)...300)
    func `whole seconds are written as Foundation writes them`(seed: UInt64) {
        let bits = (seed &* 0x9E37_79B9_7F4A_7C15) ^ (seed << 17)
        let second = Int64(bits % 18_000_000_000) - 9_000_000_000
        let expected = Date(timeIntervalSince1970: Double(second)).formatted(.iso8601)
        #expect(RFC3339.text(Timestamp(nanoseconds: second * 1_000_000_000)) == expected)
    }
}
