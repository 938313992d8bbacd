import AnomalyDetection
import Testing

/// The way in which a filter uses the parts: records by the scanner, readings by the row decoder, bytes written back.
struct CSVRowDecoderTests {
    private struct Filter {
        var options = CSVOptions()
        var rows: CSVRowDecoder?
        var decoded = Decoded()
        var outcomes: [String] = []
        var written = ""

        mutating func take(_ scanner: inout CSVRecordScanner, _ bytes: Span<UInt8>, _ record: CSVRecordScanner.Record) {
            written += String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
            let content = bytes.extracting(0..<record.contentByteCount)
            guard rows != nil else {
                let layout = try? CSVLayout(firstRecord: content, options: options)
                scanner.delimiter = layout?.delimiter
                rows = layout.map(CSVRowDecoder.init)
                return
            }
            do throws(LineRejection) {
                let row = try rows?.decode(
                    content, into: &decoded.batch, streams: &decoded.streams, rejections: &decoded.rejections)
                outcomes.append(row.map { "\($0)" } ?? "")
            } catch {
                outcomes.append(error.reason.rawValue)
            }
        }
    }

    @Test func `records, rows and columns can be told for writing the input back`() throws {
        let text = "label,time,\"a\nb\",note,c\n0,1,\"1\",x,3\r\n0,2,5,y\n\nlabel,time,\"a\nb\",note,c\n1,3,7,z,8"
        var filter = Filter()
        filter.options.ignoredColumns = ["label"]
        var scanner = CSVRecordScanner()
        let bytes = Array(text.utf8)

        scanner.scan(bytes.span) { filter.take(&$0, $1, $2) }
        scanner.finish { filter.take(&$0, $1, $2) }

        #expect(filter.written == text)
        #expect(filter.outcomes == ["reading", "too_few_fields", "blank", "repeatedHeader", "reading"])
        let decoder = try #require(filter.rows)
        #expect(decoder.layout.names == ["label", "time", "a\nb", "note", "c"])
        #expect(decoder.layout.columns.map(\.role) == [.ignored, .time, .channel, .channel, .channel])
        #expect(decoder.layout.kind == .wide)
        #expect(decoder.stream == StreamID(0))
        #expect((0..<5).map { decoder.channel(ofColumn: $0) } == [nil, nil, 0, nil, 1])
        #expect(filter.decoded.readings.map { $0.cells.map(\.channel) } == [["a\nb", "c"], ["a\nb", "c"]])
    }

    @Test func `the time at which a row was received stands in for a missing one`() throws {
        var decoder = CSVRowDecoder(layout: CSVLayout(longWithDefaultStream: "d"))
        var decoded = Decoded()
        let bytes = Array(",s,t,5".utf8)
        let row = try decoder.decode(
            bytes.span, receivedAt: Timestamp(nanoseconds: 9), into: &decoded.batch, streams: &decoded.streams,
            rejections: &decoded.rejections)
        #expect(row == .reading)
        #expect(decoded.readings == [DecodedReading("s", 9, [.init("t", 5)])])
    }
}
