/// Reads a CSV input that comes in chunks of any size: finds its layout in the first record and reads the others by it.
///
/// Where the header cannot be understood, ``layoutFailure`` says so, and every record is counted as rejected: nothing is
/// guessed. A header that comes again is skipped; another header, as when files are concatenated, takes over.
package struct CSVStreamDecoder: Sendable {
    /// What the user said about the input.
    package let options: CSVOptions
    /// Why the header could not be understood, if so.
    package private(set) var layoutFailure: CSVLayoutFailure?

    private var scanner: CSVRecordScanner
    private var rows: CSVRowDecoder?

    /// A decoder at the start of an input.
    package init(options: CSVOptions = CSVOptions(), recordByteLimit: Int = 65_536) {
        self.options = options
        scanner = CSVRecordScanner(recordByteLimit: recordByteLimit, delimiter: options.delimiter)
    }

    /// Which column is what; `nil` until the first record is complete.
    package var layout: CSVLayout? { rows?.layout }

    /// Reads all records that this chunk completes.
    package mutating func decode(
        _ chunk: Span<UInt8>, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) {
        var scanner = takeScanner()
        scanner.scan(chunk) { scanner, bytes, record in
            read(bytes, record, &scanner, into: &batch, streams: &streams, rejections: &rejections)
        }
        self.scanner = scanner
    }

    /// Reads what is left when the input has ended: a last record without a newline. A new input may follow.
    package mutating func finish(
        into batch: inout ReadingBatch, streams: inout StreamTable, rejections: inout RejectionTally
    ) {
        var scanner = takeScanner()
        scanner.finish { scanner, bytes, record in
            read(bytes, record, &scanner, into: &batch, streams: &streams, rejections: &rejections)
        }
        self = CSVStreamDecoder(options: options, recordByteLimit: scanner.recordByteLimit)
    }

    /// The scanner, out of `self` while it hands records back to it, so that its buffer is not copied.
    private mutating func takeScanner() -> CSVRecordScanner {
        var taken = CSVRecordScanner(recordByteLimit: scanner.recordByteLimit)
        swap(&taken, &scanner)
        return taken
    }

    private mutating func read(
        _ bytes: Span<UInt8>, _ record: CSVRecordScanner.Record, _ scanner: inout CSVRecordScanner,
        into batch: inout ReadingBatch, streams: inout StreamTable, rejections: inout RejectionTally
    ) {
        let content = bytes.extracting(0..<record.contentByteCount)
        if let rejection = record.rejection {
            rejections.add(rejection, line: content)
            return
        }
        do throws(LineRejection) {
            if rows == nil {
                guard !content.trimming(0..<content.count).isEmpty else { return }
                try start(content, &scanner)
                if layout?.hasHeader ?? true { return }
            }
            let row = try rows?.decode(content, into: &batch, streams: &streams, rejections: &rejections)
            if row == .otherHeader { try start(content, &scanner) }
        } catch {
            rejections.add(error, line: content)
        }
    }

    /// Takes the layout that this record gives.
    private mutating func start(_ record: Span<UInt8>, _ scanner: inout CSVRecordScanner) throws(LineRejection) {
        do {
            let layout = try CSVLayout(firstRecord: record, options: options)
            layoutFailure = nil
            scanner.delimiter = layout.delimiter
            rows = CSVRowDecoder(layout: layout)
        } catch {
            layoutFailure = error
            throw LineRejection(.badHeader, at: 0, expected: "a header that names the time and a channel")
        }
    }
}
