package import AnomalyDetection

/// Decodes a byte stream that carries CSV, line protocol or JSON lines, which it tells from the first line.
///
/// It performs nothing itself: bytes come in, readings and rejections go out.
package struct ByteStreamDecoder: Sendable {
    /// The formats that a byte stream can have.
    package enum Format: Sendable, Equatable {
        case csv
        case lineProtocol
        case jsonLines
    }

    private enum Decoder {
        case csv(CSVStreamDecoder)
        case lineProtocol(LineProtocolDecoder)
        case jsonLines(JSONLinesDecoder)
    }

    /// The format is told from so many bytes even where they hold no whole line.
    private static let beginningByteLimit = 65_536

    private let options: CSVOptions
    private var decoder: Decoder?
    private var cutter = LineCutter(knowsQuotes: false)
    /// What came before the format was known.
    private var beginning: [UInt8] = []

    /// A decoder at the start of an input. `format` is nil where it is to be told from the first line.
    package init(format: Format? = nil, options: CSVOptions = CSVOptions()) {
        self.options = options
        if let format { start(format) }
    }

    /// The format, once it is known.
    package var format: Format? {
        switch decoder {
        case .csv: .csv
        case .lineProtocol: .lineProtocol
        case .jsonLines: .jsonLines
        case nil: nil
        }
    }

    /// Why the header of the CSV input cannot be understood, if so; all its rows are rejected then.
    package var layoutFailure: CSVLayoutFailure? {
        if case .csv(let decoder) = decoder { decoder.layoutFailure } else { nil }
    }

    /// Reads all lines that this chunk completes. `receivedAt` stands in for a time that a line does not give.
    package mutating func decode(
        _ chunk: Span<UInt8>, receivedAt: Timestamp, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) {
        guard decoder == nil else {
            return pass(chunk, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
        }
        for index in 0..<chunk.count { beginning.append(chunk[index]) }
        guard let format = Self.format(of: beginning, isWhole: beginning.count >= Self.beginningByteLimit) else {
            return
        }
        start(format)
        passBeginning(receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
    }

    /// Reads what is left when the input has ended: a last line without a newline.
    package mutating func finish(
        receivedAt: Timestamp, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) {
        if decoder == nil {
            guard let format = Self.format(of: beginning, isWhole: true) else { return }
            start(format)
            passBeginning(receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
        }
        if case .csv(var csv) = decoder {
            csv.finish(into: &batch, streams: &streams, rejections: &rejections)
            decoder = .csv(csv)
        } else {
            var cutter = cutter
            cutter.finish { lines in
                decodeLines(lines, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
            }
            self.cutter = cutter
        }
    }

    /// The format that a beginning tells; nil where more is needed, or where there is nothing but blank lines.
    ///
    /// JSON begins with a brace or a bracket. Line protocol has an `=` behind a space, in its first line that is no
    /// comment.
    /// All else is CSV.
    package static func format(of beginning: [UInt8], isWhole: Bool) -> Format? {
        let text = beginning.starts(with: [0xef, 0xbb, 0xbf]) ? beginning.dropFirst(3) : beginning[...]
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let isComplete = isWhole || line.endIndex < text.endIndex
            let content = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
            guard let first = content.first else { continue }
            if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") { return .jsonLines }
            guard isComplete else { return nil }
            if first == UInt8(ascii: "#") { continue }
            let behindSpace = content.drop { $0 != UInt8(ascii: " ") }
            return behindSpace.contains(UInt8(ascii: "=")) ? .lineProtocol : .csv
        }
        return nil
    }

    private mutating func start(_ format: Format) {
        switch format {
        case .csv: decoder = .csv(CSVStreamDecoder(options: options))
        case .lineProtocol: decoder = .lineProtocol(LineProtocolDecoder())
        case .jsonLines: decoder = .jsonLines(JSONLinesDecoder(defaultStream: options.defaultStream))
        }
        cutter = LineCutter(knowsQuotes: format == .lineProtocol)
    }

    private mutating func passBeginning(
        receivedAt: Timestamp, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) {
        var bytes: [UInt8] = []
        swap(&bytes, &beginning)
        // CSV's own scanner knows the byte order mark; to the others it would be a part of the first name.
        let start = format != .csv && bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        pass(
            bytes.span.extracting(start..<bytes.count), receivedAt: receivedAt, into: &batch, streams: &streams,
            rejections: &rejections)
    }

    private mutating func pass(
        _ chunk: Span<UInt8>, receivedAt: Timestamp, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) {
        if case .csv(var csv) = decoder {
            // Out of `self` meanwhile, or the decoder's buffers would be copied at the first write.
            decoder = nil
            csv.decode(chunk, into: &batch, streams: &streams, rejections: &rejections)
            decoder = .csv(csv)
        } else {
            var taken = LineCutter(knowsQuotes: false)
            swap(&taken, &cutter)
            taken.append(chunk) { lines in
                decodeLines(lines, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
            }
            cutter = taken
        }
    }

    private mutating func decodeLines(
        _ lines: Span<UInt8>, receivedAt: Timestamp, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) {
        switch decoder {
        case .lineProtocol(var lineProtocol):
            decoder = nil
            lineProtocol.decode(
                lines, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
            decoder = .lineProtocol(lineProtocol)
        case .jsonLines(var jsonLines):
            decoder = nil
            jsonLines.decode(lines, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
            decoder = .jsonLines(jsonLines)
        case .csv, nil:
            preconditionFailure("CSV is cut into records by its own decoder")
        }
    }
}
