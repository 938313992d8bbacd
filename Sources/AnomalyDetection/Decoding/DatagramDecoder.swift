/// Reads datagrams, each of many lines in one format: JSON lines, CSV or line protocol.
///
/// The format is told for each datagram by itself from its first line that is neither blank nor a `#` comment: JSON begins
/// with a brace or a bracket; CSV has commas and no `=`, or four fields of which the first is a timestamp and the last a
/// number; all else is line protocol. CSV rows are timestamp, stream, channel, value, unless the datagram begins with a
/// header that says otherwise. Readings without a timestamp take the time at which the datagram was received, and those of
/// CSV and JSON without a stream the default stream.
package struct DatagramDecoder: Sendable {
    /// The formats that a datagram can have.
    package enum Format: String, CaseIterable, Sendable {
        case lineProtocol = "line_protocol"
        case csv
        case json
    }

    /// The stream of CSV rows and JSON objects that do not name one.
    package let defaultStream: String

    private var lines: LineProtocolDecoder
    private var objects: JSONLinesDecoder
    private var rows: CSVRowDecoder
    private var scanner: CSVRecordScanner
    /// The last header that a datagram began with, and the decoder that it makes: senders repeat theirs.
    private var header: [UInt8] = []
    private var headerRows: CSVRowDecoder?
    /// Whether the datagram that is being read began with a header.
    private var usesHeader = false

    /// A decoder whose line protocol has timestamps of this unit.
    package init(precision: LineProtocolDecoder.Precision = .nanoseconds, defaultStream: String = "default") {
        self.defaultStream = defaultStream
        lines = LineProtocolDecoder(precision: precision)
        objects = JSONLinesDecoder(defaultStream: defaultStream)
        rows = CSVRowDecoder(layout: CSVLayout(longWithDefaultStream: defaultStream))
        scanner = CSVRecordScanner(delimiter: Ascii.comma)
    }

    /// Reads all lines of a datagram. Malformed ones are counted and leave nothing behind.
    package mutating func decode(
        _ datagram: Span<UInt8>, receivedAt: Timestamp, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) {
        switch Self.format(of: datagram) {
        case .lineProtocol:
            lines.decode(datagram, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
        case .json:
            objects.decode(datagram, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
        case .csv:
            decodeCSV(datagram, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
        }
    }

    /// The format that a datagram has.
    package static func format(of datagram: Span<UInt8>) -> Format {
        var start = 0
        while start < datagram.count {
            let end = datagram.first(Ascii.newline, from: start, to: datagram.count)
            var content = datagram.trimming(start..<end)
            if !content.isEmpty, datagram[content.upperBound - 1] == Ascii.carriageReturn {
                content = datagram.trimming(content.lowerBound..<(content.upperBound - 1))
            }
            if !content.isEmpty, datagram[content.lowerBound] != Ascii.hash {
                return format(ofLine: datagram.extracting(content))
            }
            start = end + 1
        }
        return .lineProtocol
    }

    private static func format(ofLine line: Span<UInt8>) -> Format {
        if line[0] == Ascii.openBrace || line[0] == UInt8(ascii: "[") { return .json }
        guard line.first(Ascii.comma, from: 0, to: line.count) < line.count else { return .lineProtocol }
        if line.first(Ascii.equals, from: 0, to: line.count) == line.count { return .csv }
        // An equals sign is not ruled out in the names of a CSV row.
        var count = 0
        var index = 0
        while true {
            guard let field = try? CSVField.scan(line, from: index, delimiter: Ascii.comma) else {
                return .lineProtocol
            }
            count += 1
            if count == 1, TimestampText.parse(line, line.trimming(field.content)) == nil { return .lineProtocol }
            if field.end >= line.count {
                let content = line.trimming(field.content)
                let number = DecimalNumber.scan(line, from: content.lowerBound, to: content.upperBound)
                let isValue = number?.end == content.upperBound || CSVField.isMissing(line, content)
                return count == 4 && isValue ? .csv : .lineProtocol
            }
            index = field.end + 1
        }
    }

    // MARK: CSV

    private mutating func decodeCSV(
        _ datagram: Span<UInt8>, receivedAt: Timestamp, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) {
        var scanner = CSVRecordScanner(delimiter: Ascii.comma)
        swap(&scanner, &self.scanner)
        usesHeader = false
        scanner.scan(datagram) { _, bytes, record in
            read(bytes, record, receivedAt, into: &batch, streams: &streams, rejections: &rejections)
        }
        scanner.finish { _, bytes, record in
            read(bytes, record, receivedAt, into: &batch, streams: &streams, rejections: &rejections)
        }
        swap(&scanner, &self.scanner)
    }

    private mutating func read(
        _ bytes: Span<UInt8>, _ record: CSVRecordScanner.Record, _ receivedAt: Timestamp,
        into batch: inout ReadingBatch, streams: inout StreamTable, rejections: inout RejectionTally
    ) {
        let content = bytes.extracting(0..<record.contentByteCount)
        // Comments are no part of CSV, but a line whose first byte is # cannot begin with a timestamp either.
        if !content.isEmpty, content[0] == Ascii.hash { return }
        if let rejection = record.rejection {
            rejections.add(rejection, line: content)
            return
        }
        if headerRows != nil, content.equals(0..<content.count, header.span, 0..<header.count) {
            usesHeader = true
            return
        }
        do throws(LineRejection) {
            let row =
                usesHeader
                ? try headerRows?.decode(
                    content, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
                : try rows.decode(
                    content, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
            if row == .otherHeader {
                try takeHeader(content)
                usesHeader = true
            }
        } catch {
            rejections.add(error, line: content)
        }
    }

    /// Makes a decoder for the rows that follow this header.
    private mutating func takeHeader(_ record: Span<UInt8>) throws(LineRejection) {
        var options = CSVOptions()
        options.defaultStream = defaultStream
        options.delimiter = Ascii.comma
        options.hasHeader = true
        do {
            headerRows = CSVRowDecoder(layout: try CSVLayout(firstRecord: record, options: options))
        } catch {
            throw LineRejection(.badHeader, at: 0, expected: "a header that names the time and a channel")
        }
        header.removeAll(keepingCapacity: true)
        for index in record.indices { header.append(record[index]) }
    }
}
