import AnomalyDetection
import Daemon
import Testing

struct ByteStreamDecoderTests {
    /// What a text gives, cut into chunks after so many bytes each: a line a reading, and the reasons of rejections.
    private func decode(
        _ text: String, chunk: Int = .max, format: ByteStreamDecoder.Format? = nil
    ) -> (readings: [String], rejections: [String]) {
        let bytes = Array(text.utf8)
        var decoder = ByteStreamDecoder(format: format)
        var batch = ReadingBatch()
        var streams = StreamTable()
        var tally = RejectionTally()
        let now = Timestamp(nanoseconds: 99)
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + min(chunk, bytes.count))
            decoder.decode(
                bytes.span.extracting(start..<end), receivedAt: now, into: &batch, streams: &streams, rejections: &tally
            )
            start = end
        }
        decoder.finish(receivedAt: now, into: &batch, streams: &streams, rejections: &tally)
        let readings = (0..<batch.count).map { index in
            let stream = batch.streams[index]
            let cells = batch.cells(of: index).map {
                "\(streams.channels(of: stream)[Int(batch.channels[$0])])=\(batch.values[$0])"
            }
            return "\(streams.name(of: stream)) \(batch.times[index].nanoseconds) \(cells.joined(separator: " "))"
        }
        return (readings, tally.countsByReason.flatMap { Array(repeating: $0.reason.rawValue, count: $0.count) })
    }

    private static let inputs: [(format: ByteStreamDecoder.Format, text: String, readings: [String])] = [
        (
            .csv, "timestamp,temperature,pressure\n1970-01-01T00:00:01Z,1.5,2\n\"1970-01-01T00:00:02Z\",NA,\"3\"",
            ["default 1000000000 temperature=1.5 pressure=2.0", "default 2000000000 temperature=nan pressure=3.0"]
        ),
        (
            .lineProtocol,
            "# a comment with a \"quote\n\n  \npump,site=a\\ b temperature=1.5,note=\"two\nlines = \\\" x\" 5\npump f=2 6\r\nroom\\ 1,a=\" t=1 7\n",
            ["pump,site=a b 5 temperature=1.5", "pump 6 f=2.0", "room 1,a=\" 7 t=1.0"]
        ),
        (
            .jsonLines, "\n{\"time\":1,\"stream\":\"a\",\"x\":1}\n{\"time\":2,\"stream\":\"a\",\"x\":2}",
            ["a 1000000000 x=1.0", "a 2000000000 x=2.0"]
        ),
    ]

    @Test(arguments: [0, 1, 2])
    func `each format is told from its first line, however the input is cut`(index: Int) {
        let input = Self.inputs[index]
        for chunk in 1...(input.text.utf8.count) {
            #expect(decode(input.text, chunk: chunk).readings == input.readings, "in chunks of \(chunk)")
        }
        #expect(decode(input.text, chunk: 7, format: input.format).readings == input.readings)
        #expect(decode("\u{FEFF}" + input.text).readings == input.readings)
    }

    @Test func `a text field in line protocol is counted, and its line used`() {
        #expect(decode(Self.inputs[1].text, chunk: 3).rejections == ["unsupported_value"])
    }

    @Test(arguments: [
        ("timestamp,a\n", ByteStreamDecoder.Format.csv), ("t;a b\n", .csv), ("a\n", .csv), ("1,2\n", .csv),
        ("m f=1\n", .lineProtocol), ("m,t=1 f=1i 5\n", .lineProtocol), ("#c\nm f=1\n", .lineProtocol),
        ("# c\ntimestamp,a\n", .csv), ("  {\"a\"", .jsonLines), ("[", .jsonLines),
    ])
    func `the format is told`(text: String, expected: ByteStreamDecoder.Format) {
        #expect(ByteStreamDecoder.format(of: Array(text.utf8), isWhole: false) == expected)
    }

    @Test(arguments: ["", "\n \n", "timestamp,a", "m f=1", "# c\n", "#c\nm"])
    func `the format is not guessed before a line is whole`(text: String) {
        #expect(ByteStreamDecoder.format(of: Array(text.utf8), isWhole: false) == nil)
    }

    @Test func `an input with nothing in it gives nothing`() {
        #expect(decode("").readings.isEmpty)
        #expect(decode("\n\n# only a comment\n").readings.isEmpty)
        #expect(decode("\n\n# only a comment\n").rejections.isEmpty)
    }

    @Test(arguments: [64, 4_096, Int.max])
    func `a quote that is never closed spoils its line and not the rest`(chunk: Int) {
        let lines = (0..<4_000).map { "pump f=\($0) \($0 + 10)\n" }
        let text = lines[..<2_000].joined() + "pump f=\"never closed 9\n" + lines[2_000...].joined()
        let result = decode(text, chunk: chunk)
        #expect(result.readings.count == 4_000)
        #expect(result.rejections == ["unterminated_quote"])
    }

    @Test func `a line without an end is not kept for ever`() {
        let text = "pump f=1 1\n" + String(repeating: "x", count: 300_000) + "\npump f=2 2\n"
        let result = decode(text, chunk: 1_000)
        #expect(result.readings == ["pump 1 f=1.0", "pump 2 f=2.0"])
        #expect(!result.rejections.isEmpty)
    }
}
