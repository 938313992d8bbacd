import Daemon
import Testing

struct DurationTextTests {
    @Test(arguments: [
        ("6h", Duration.seconds(21_600)), ("30d", .seconds(2_592_000)), ("250ms", .milliseconds(250)),
        ("1w", .seconds(604_800)), ("1h30m", .seconds(5_400)), ("1.5s", .milliseconds(1_500)),
        ("0.000000001s", .nanoseconds(1)), ("3us", .microseconds(3)), ("7ns", .nanoseconds(7)), ("0s", .zero),
        ("1.000000001h", .nanoseconds(3_600_000_003_600)),
    ])
    func `a duration with its unit is read exactly`(text: String, expected: Duration) {
        #expect(DurationText.parse(text) == expected)
    }

    @Test(arguments: [
        "", "6", "h", "6 h", "-6h", "+6h", "6x", "6H", "1.h", ".5h", "1e3s", "6h ", " 6h", "6h-1m", "٣s",
        "1.1234567891s",
        "999999999999999999w", "99999999999999999999s", "300000d300000d", "infinity",
    ])
    func `a text that is no duration is refused`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: UInt64(1)...200)
    func `a written duration is read back the same`(seed: UInt64) {
        var bits = seed &* 0x9E37_79B9_7F4A_7C15
        bits ^= bits >> 29
        let duration = Duration.nanoseconds(Int64(bits % 9_000_000_000_000_000_000))
        #expect(DurationText.parse(DurationText.format(duration)) == duration)
    }

    @Test(arguments: [
        (Duration.seconds(86_400), "24h"), (.seconds(2 * 86_400), "2d"), (.seconds(90), "90s"),
        (.seconds(3_600), "1h"), (.nanoseconds(1_500), "1500ns"), (.zero, "0s"),
    ])
    func `a duration is written as people say it`(duration: Duration, expected: String) {
        #expect(DurationText.format(duration) == expected)
    }
}
