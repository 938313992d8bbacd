import AnomalyDetection
import Testing

struct SyntheticTextTests {
    @Test func `a reading is a row of wide CSV, and what is missing is empty`() {
        let text = SyntheticText(start: FittedMachine.start, interval: 500_000_000)
        var bytes: [UInt8] = []
        text.appendHeader(channels: ["flow", "in, \"raw\""], to: &bytes)
        text.append([2, -0.125], number: 0, to: &bytes)
        text.append([.nan, 1e-9], number: 3, to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                timestamp,flow,"in, ""raw""\"
                2026-01-01T00:00:00.000Z,2,-0.125
                2026-01-01T00:00:01.500Z,,1e-09

                """)
    }

    @Test func `the decoder reads what is written`() throws {
        let text = SyntheticText(start: FittedMachine.start, interval: 1_000_000_000)
        var bytes: [UInt8] = []
        text.appendHeader(stepColumn: "step", channels: ["a", "b"], to: &bytes)
        let rows: [[Double]] = [[1.5e-7, 123_456_789.25], [-3e21, .nan], [0, -0.0]]
        for (number, row) in rows.enumerated() { text.append(row, number: number, step: number / 2, to: &bytes) }
        var options = CSVOptions()
        options.ignoredColumns = ["step"]
        var decoder = CSVStreamDecoder(options: options)
        var batch = ReadingBatch()
        var streams = StreamTable()
        var rejections = RejectionTally()
        decoder.decode(bytes.span, into: &batch, streams: &streams, rejections: &rejections)
        #expect(batch.count == 3)
        #expect(batch.times == (0..<3).map { FittedMachine.start.advanced(byNanoseconds: $0 * 1_000_000_000) })
        #expect(batch.values.count == 6)
        #expect(zip(batch.values, rows.joined()).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
        #expect(streams.channels(of: StreamID(0)) == ["a", "b"])
    }
}
