import Daemon
import Testing

struct ConfigurationTextTests {
    @Test(arguments: [
        ("1 per 30d", 1.0, Duration.seconds(2_592_000)), ("0.5 per 1w", 0.5, .seconds(604_800)),
        (" 10  per 1h30m ", 10, .seconds(5_400)),
    ])
    func `a false-alarm budget is read`(text: String, alarms: Double, period: Duration) {
        #expect(FalseAlarmBudget(text) == FalseAlarmBudget(alarms: alarms, period: period))
    }

    @Test(arguments: [
        "", "1", "1 per", "1 in 30d", "0 per 30d", "-1 per 30d", "1 per 0s", "inf per 1d", "nan per 1d", "1e2 per 1d",
    ])
    func `a text that is no budget is refused`(text: String) {
        #expect(FalseAlarmBudget(text) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1:8089", "127.0.0.1", 8_089), ("localhost:0", "localhost", 0), ("[::1]:65535", "::1", 65_535),
        ("[fe80::1%eth0]:1", "fe80::1%eth0", 1),
    ])
    func `an address is read and written back`(text: String, host: String, port: Int) {
        #expect(NetworkAddress(text) == NetworkAddress(host: host, port: port))
        #expect(NetworkAddress(text)?.description == text)
    }

    @Test(arguments: [
        "", ":8089", "8089", "localhost", "localhost:", "localhost:65536", "localhost:x", "::1:8089", "[]:1", "[abc]:1",
        "a b:1", "localhost:-1", "localhost:000001",
    ])
    func `a text that is no address is refused`(text: String) {
        #expect(NetworkAddress(text) == nil)
    }
}
