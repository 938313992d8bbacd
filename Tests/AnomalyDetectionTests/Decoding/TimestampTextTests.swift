import AnomalyDetection
import Testing

/// Timestamps are read through CSV.
struct TimestampTextTests {
    private func nanoseconds(_ text: String) -> Int64? {
        var options = CSVOptions()
        options.hasHeader = true
        options.delimiter = UInt8(ascii: ";")
        var decoded = Decoded()
        decoded.csv("time;value\n\(text);1\n", options: options)
        if decoded.readings.isEmpty { #expect(decoded.reasons == [.badTimestamp], "\(text)") }
        return decoded.readings.first?.nanoseconds
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01", 0), ("2024-02-29", 1_709_164_800), ("2000-02-29", 951_782_400),
            ("1969-12-31T23:59:59Z", -1), ("2020-03-09T10:14:33Z", 1_583_748_873),
            ("2020-03-09 10:14:33", 1_583_748_873),
            ("2020-03-09t10:14:33z", 1_583_748_873), ("2020-03-09T10:14", 1_583_748_840),
            ("2020-03-09T10:14Z", 1_583_748_840),
            ("2020-03-09T11:14:33+01:00", 1_583_748_873), ("2020-03-09T11:14:33+0100", 1_583_748_873),
            ("2020-03-09T11:14:33+01", 1_583_748_873), ("2020-03-09T04:44:33-05:30", 1_583_748_873),
            ("2020-12-31T24:00:00Z", 1_609_459_200), ("2020-12-31T24:00", 1_609_459_200),
            ("1678-01-01", -9_214_560_000),
            ("2262-04-11", 9_223_286_400),
        ] as [(String, Int64)])
    func `a date and time is read to the second`(text: String, seconds: Int64) {
        #expect(nanoseconds(text) == seconds * 1_000_000_000)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00.5Z", 500_000_000), ("1970-01-01T00:00:00.000000001Z", 1),
            ("1970-01-01T00:00:00,25Z", 250_000_000), ("1970-01-01T00:00:00.123456789999+00:00", 123_456_789),
            ("1969-12-31T23:59:59.75Z", -250_000_000), ("1972-06-30T23:59:60Z", 78_796_799_999_999_999),
            ("1972-07-01T01:59:60.5+02:00", 78_796_799_999_999_999), ("0", 0), ("-0", 0),
            ("1500000000", 1_500_000_000_000_000_000),
            ("1500000000.5", 1_500_000_000_500_000_000), ("1500000000.123456789123", 1_500_000_000_123_456_789),
            ("1500000000123", 1_500_000_000_123_000_000), ("1500000000123.25", 1_500_000_000_123_250_000),
            ("1500000000123456", 1_500_000_000_123_456_000), ("1500000000123456789", 1_500_000_000_123_456_789),
            ("1500000000123456789.9", 1_500_000_000_123_456_789), ("-1.5", -1_500_000_000), ("+7", 7_000_000_000),
            ("99999999999", nil), ("-99999999999", nil), ("8999999999", 8_999_999_999_000_000_000),
            ("100000000000", 100_000_000_000_000_000), ("99999999999999", nil),
            ("100000000000000", 100_000_000_000_000_000),
            ("100000000000000000", 100_000_000_000_000_000), ("1.5e9", 1_500_000_000_000_000_000),
            ("1.5E+12", 1_500_000_000_000_000_000), ("9223372036854775807", .max), ("9223372036854775808", nil),
            ("1e300", nil),
        ] as [(String, Int64?)])
    func `fractions, leap seconds and epochs of every unit are read to the nanosecond`(text: String, expected: Int64?) {
        #expect(nanoseconds(text) == expected)
    }

    @Test(arguments: [
        "2023-02-29", "1900-02-29", "2024-00-01", "2024-13-01", "2024-01-00", "2024-04-31", "2024-01-32",
        "2024-01-01T25:00:00", "2024-01-01T24:00:01", "2024-01-01T24:01", "2024-01-01T00:60:00", "2024-01-01T00:00:61",
        "2024-01-01T12:00:60Z", "2024-01-01T00:00:00.", "2024-01-01T", "2024-01-01T1", "2024-01-01T10:1",
        "2024-01-01T10:10:1", "2024-01-01T10:10:10+1", "2024-01-01T10:10:10+24:00", "2024-01-01T10:10:10+01:60",
        "2024-01-01T10:10:10+01:0", "2024-01-01T10:10:10 Z", "2024-01-01X10:10:10", "2024-1-1", "2024-01-1", "24-01-01",
        "2024/01/01", "1600-01-01", "2263-01-01", "yesterday", "1500000000x", "15 00", "1e", "--5", "0x5", ".5", "-",
    ])
    func `what is no moment is a bad timestamp`(text: String) {
        // A lone dash is a missing value, which is another reason.
        if text == "-" {
            var decoded = Decoded()
            decoded.csv("time,value\n-,1\n")
            #expect(decoded.reasons == [.missingTimestamp])
        } else {
            #expect(nanoseconds(text) == nil)
        }
    }

    @Test func `every day from 1678 to 2261 comes one day after the last`() {
        var expected: Int64 = -106_650
        for year in 1678...2261 {
            for month in 1...12 {
                let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
                let count = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
                // The first and last of each month place the days between them.
                for day in [1, count] {
                    let text = "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
                    let days = expected + Int64(day - 1)
                    if nanoseconds(text) != days * 86_400_000_000_000 { Issue.record("\(text) is not day \(days)") }
                }
                expected += Int64(count)
            }
        }
    }
}
