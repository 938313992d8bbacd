/// Reads a CSV input that comes in chunks of any size: finds its layout in the first record and reads the others by it.
///
/// Where the first record cannot be understood, ``layoutFailure`` says so, and records are counted as rejected until one is a
/// header with a known name for the time, as behind a preamble: nothing is guessed. A header that comes again is skipped;
/// another header, as when files are concatenated, takes over.
package struct CSVStreamDecoder: Sendable {
    /// What the user said about the input.
    package let options: CSVOptions
    /// Why the first record could not be understood, unless a later one was.
    package private(set) var layoutFailure: CSVLayoutFailure?

    private var scanner: CSVRecordScanner
    private var rows: CSVRowDecoder?
    /// Whether the input has ended; what comes then is another one.
    private var isFinished = false

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
        if isFinished { self = CSVStreamDecoder(options: options, recordByteLimit: scanner.recordByteLimit) }
        var scanner = takeScanner()
        scanner.scan(chunk) { scanner, bytes, record in
            read(bytes, record, &scanner, into: &batch, streams: &streams, rejections: &rejections)
        }
        self.scanner = scanner
    }

    /// Reads what is left when the input has ended: a last record without a newline. Another input may follow; until then
    /// ``layout`` and ``layoutFailure`` stay.
    package mutating func finish(
        into batch: inout ReadingBatch, streams: inout StreamTable, rejections: inout RejectionTally
    ) {
        var scanner = takeScanner()
        scanner.finish { scanner, bytes, record in
            read(bytes, record, &scanner, into: &batch, streams: &streams, rejections: &rejections)
        }
        self.scanner = scanner
        isFinished = true
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
        var options = options
        if layoutFailure != nil { options.hasHeader = true }
        do throws(CSVLayoutFailure) {
            let layout = try CSVLayout(firstRecord: record, options: options)
            // Behind a first record that failed, a row of values must not pass for a header.
            if let failure = layoutFailure, !layout.namesTimeColumn(options) { throw failure }
            layoutFailure = nil
            scanner.delimiter = layout.delimiter
            rows = CSVRowDecoder(layout: layout)
        } catch {
            if layoutFailure == nil, rows == nil { layoutFailure = error }
            throw LineRejection(.badHeader, at: 0, expected: "a header that names the time and a channel")
        }
    }
}
