import AnomalyDetection
import Testing

/// Random bytes and random mixtures of what the formats are made of. The fuzzers of Tests/Fuzzing go further.
struct RandomInputTests {
    private static let pieces = [
        "m", "pump", ",", ",a=b", " ", "v=", "1", "2.5", "-", "i", "u", "t", "\"", "\\", "\\\"", "\n", "\r\n", "#", "=",
        "{", "}",
        "[", ":", "\"time\":", "\"stream\":\"x\"", "\"values\":{", "\"a\":1", "null", "true", "\\u00e9", "timestamp",
        "value", "stream",
        "channel", "2024-01-01T00:00:00Z", "1500000000", "NA", ";", "\t", "1e400", "\u{FEFF}", "é",
        "99999999999999999999",
    ]

    private func input(_ random: inout RandomCuts) -> [UInt8] {
        let count = random.index(below: 80)
        if random.index(below: 4) == 0 { return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) } }
        return (0..<count).flatMap { _ in Array(Self.pieces[random.index(below: Self.pieces.count)].utf8) }
    }

    @Test(arguments: UInt64(1)...20)
    func `no input traps, and what is read fits together`(seed: UInt64) {
        var random = RandomCuts(seed: seed)
        var lines = LineProtocolDecoder()
        var objects = JSONLinesDecoder()
        var datagrams = DatagramDecoder()
        for _ in 0..<1_000 {
            let bytes = input(&random)
            var decoded = Decoded(streamLimit: 4)
            lines.decode(
                bytes.span, receivedAt: Decoded.receivedAt, into: &decoded.batch, streams: &decoded.streams,
                rejections: &decoded.rejections)
            objects.decode(
                bytes.span, receivedAt: nil, into: &decoded.batch, streams: &decoded.streams,
                rejections: &decoded.rejections)
            datagrams.decode(
                bytes.span, receivedAt: Decoded.receivedAt, into: &decoded.batch, streams: &decoded.streams,
                rejections: &decoded.rejections)
            decoded.csv(bytes, cutAt: random.cuts(of: bytes.count, meanLength: 20), recordByteLimit: 64)
            #expect(decoded.isConsistent, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
    }
}
