import AnomalyDetection

/// Cuts CSV, which comes in chunks of any size, into rows and decodes them into readings.
struct CSVRowReader {
    /// What a row is.
    enum Row {
        /// The first row, which says what the columns are; it is a reading as well where there is no header.
        case layout(CSVLayout)
        /// A reading, or a part of one; it is the newest in ``CSVRowReader/batch``.
        case reading(StreamID, Timestamp)
        /// A row that is no reading.
        case unreadable
        /// A blank line or a repeated header.
        case blank
    }

    /// Receives each row with its bytes, without the line end.
    typealias Body = (Row, Span<UInt8>) -> Void

    /// What is wrong with the first row, if so; nothing is read then.
    private(set) var layoutFailure: CSVLayoutFailure?
    /// The decoder, once the first row was seen.
    private(set) var decoder: CSVRowDecoder?
    /// The readings that were decoded and not removed.
    var batch = ReadingBatch()
    /// What could not be read.
    private(set) var rejections = RejectionTally()

    private let names: SharedStreamTable
    private let options: CSVOptions
    private var scanner: CSVRecordScanner

    /// A reader at the start of an input; `names` takes the names of streams and channels.
    init(options: CSVOptions, names: SharedStreamTable) {
        self.options = options
        self.names = names
        scanner = CSVRecordScanner(delimiter: options.delimiter)
    }

    /// Takes the next bytes of the input.
    mutating func feed(_ chunk: Span<UInt8>, _ body: Body) {
        var taken = takeScanner()
        taken.scan(chunk) { scanner, bytes, record in read(bytes, record, &scanner, body) }
        scanner = taken
    }

    /// Ends the input: a last row may lack its line end.
    mutating func finish(_ body: Body) {
        var taken = takeScanner()
        taken.finish { scanner, bytes, record in read(bytes, record, &scanner, body) }
    }

    /// What could not be read since the last call, for people: the first of each kind.
    mutating func takeRejections() -> [String] {
        rejections.takeNew().map(\.description)
    }

    private mutating func takeScanner() -> CSVRecordScanner {
        var taken = CSVRecordScanner(delimiter: options.delimiter)
        swap(&taken, &scanner)
        return taken
    }

    private mutating func read(
        _ bytes: Span<UInt8>, _ record: CSVRecordScanner.Record, _ scanner: inout CSVRecordScanner, _ body: Body
    ) {
        let content = bytes.extracting(0..<record.contentByteCount)
        if let rejection = record.rejection {
            rejections.add(rejection, line: content)
            body(.unreadable, content)
            return
        }
        if decoder == nil {
            guard let layout = start(content) else { return }
            scanner.delimiter = layout.delimiter
            body(.layout(layout), content)
            if layout.hasHeader { return }
        }
        body(decode(content), content)
    }

    /// Takes the layout from the first record that is not blank.
    private mutating func start(_ record: Span<UInt8>) -> CSVLayout? {
        guard layoutFailure == nil, record.count > 0 else { return nil }
        do throws(CSVLayoutFailure) {
            let layout = try CSVLayout(firstRecord: record, options: options)
            decoder = CSVRowDecoder(layout: layout)
            return layout
        } catch {
            layoutFailure = error
            return nil
        }
    }

    private mutating func decode(_ record: Span<UInt8>) -> Row {
        let before = batch.count
        do throws(LineRejection) {
            let row = try names.withTable { table throws(LineRejection) in
                try decoder?.decode(record, into: &batch, streams: &table, rejections: &rejections)
            }
            switch row {
            case .reading where batch.count > before: return .reading(batch.streams[before], batch.times[before])
            case .blank, .repeatedHeader: return .blank
            default: return .unreadable
            }
        } catch {
            rejections.add(error, line: record)
            return .unreadable
        }
    }
}
