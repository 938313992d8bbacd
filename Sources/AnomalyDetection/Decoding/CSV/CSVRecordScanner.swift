/// Cuts CSV input, which comes in chunks of any size, into records (RFC 4180): at newlines that are not inside quotes.
///
/// A record that lies in one chunk is handed out in place; one that spans chunks is put together in a buffer that the
/// scanner keeps, at most ``recordByteLimit`` bytes of it. A quote has a meaning only at the start of a field and inside a
/// field that it opened; elsewhere it is a byte like others. How the input is cut into chunks changes nothing.
///
/// A faulty record takes no other with it. A closing quote that something else follows, or a quote that is not closed within
/// the limit or before the input ends, spoils only the line in which that field begins: the scanner goes back and reads on
/// behind that line. Of a record that is too long the start is handed out, and the rest, to the next newline, is dropped.
package struct CSVRecordScanner: Sendable {
    /// What there is to know of a record beside its bytes.
    package struct Record: Equatable, Sendable {
        /// The place of the record's first byte in the whole input, from zero.
        package var byteOffset: Int
        /// So many of the bytes are the record; behind them are its `\n` or `\r\n`, or nothing where the input ends.
        package var contentByteCount: Int
        /// Why the record cannot be read, if so.
        package var rejection: LineRejection?
    }

    /// Receives a record: the scanner, whose ``delimiter`` it may set; the record's bytes with its line end; the rest.
    package typealias Body = (inout CSVRecordScanner, Span<UInt8>, Record) -> Void

    /// A record has at most this many bytes, its line end included.
    package let recordByteLimit: Int
    /// The byte between fields; while it is not known, comma, semicolon and tab all count.
    package var delimiter: UInt8?
    /// Whether the input began with a byte order mark, which belongs to no record.
    package private(set) var hadByteOrderMark = false

    var cursor = Cursor()
    /// What is there of a record that began in an earlier chunk.
    private var carry: [UInt8] = []
    /// The place of the current record in the input.
    private var recordOffset = 0
    /// How much of a byte order mark was seen; `nil` when none can come any more.
    private var markByteCount: Int? = 0

    /// A scanner at the start of an input.
    package init(recordByteLimit: Int = 65_536, delimiter: UInt8? = nil) {
        precondition(recordByteLimit >= 16, "a record of at most \(recordByteLimit) bytes holds nothing")
        self.recordByteLimit = recordByteLimit
        self.delimiter = delimiter
    }

    /// Hands out each record that this chunk completes, in order.
    package mutating func scan(_ chunk: Span<UInt8>, _ body: Body) {
        var position = markByteCount == nil ? 0 : skipByteOrderMark(chunk)
        while position < chunk.count {
            position =
                carry.isEmpty
                ? scanInPlace(chunk, from: position, body) : scanCarried(chunk, from: position, body)
        }
    }

    /// Hands out what is left when the input has ended: a last record without a newline. The scanner is then as new.
    package mutating func finish(_ body: Body) {
        endByteOrderMark()
        var record: [UInt8] = []
        while !carry.isEmpty {
            record.removeAll(keepingCapacity: true)
            swap(&record, &carry)
            if cursor.isInQuotes {
                let lineEnd = cursor.newlineInQuotes.map { $0 + 1 } ?? record.count
                emit(record.span.extracting(0..<lineEnd), cursor.unterminatedQuote, body)
                scan(record.span.extracting(lineEnd..<record.count), body)
            } else {
                emit(record.span, cursor.fault, body)
            }
        }
        self = CSVRecordScanner(recordByteLimit: recordByteLimit, delimiter: delimiter)
        // The buffer serves the next input, which for datagrams comes soon.
        record.removeAll(keepingCapacity: true)
        carry = record
    }

    // MARK: In place and across chunks

    /// Scans a record that begins in this chunk and returns where the next one does.
    private mutating func scanInPlace(_ chunk: Span<UInt8>, from start: Int, _ body: Body) -> Int {
        switch cursor.advance(chunk, from: start, recordStart: start, limit: recordByteLimit, delimiter: delimiter) {
        case .complete(let end):
            emit(chunk.extracting(start..<end), cursor.fault, body)
            return end
        case .discarded(let end):
            recordOffset += end - start
            return end
        case .spoiled(let lineEnd, _, let rejection):
            emit(chunk.extracting(start..<(start + lineEnd)), rejection, body)
            return start + lineEnd
        case .tooLong(let end):
            giveUp(chunk.extracting(start..<end), body)
            return end
        case .needsMore:
            append(chunk, start..<chunk.count)
            return chunk.count
        }
    }

    /// Scans on in the record that is carried over, and returns the index in the chunk from which to go on.
    private mutating func scanCarried(_ chunk: Span<UInt8>, from start: Int, _ body: Body) -> Int {
        // The record would have begun this much in front of the chunk.
        let step = cursor.advance(
            chunk, from: start, recordStart: start - carry.count, limit: recordByteLimit, delimiter: delimiter)
        let end: Int
        var record: [UInt8] = []
        switch step {
        case .needsMore:
            append(chunk, start..<chunk.count)
            return chunk.count
        case .discarded(let index), .complete(let index), .tooLong(let index): end = index
        case .spoiled(_, let scanned, _): end = scanned
        }
        append(chunk, start..<end)
        swap(&record, &carry)
        switch step {
        case .spoiled(let lineEnd, _, let rejection):
            emit(record.span.extracting(0..<lineEnd), rejection, body)
            // What follows the spoiled line is input again; it can itself leave something to be carried.
            scan(record.span.extracting(lineEnd..<record.count), body)
            return end
        case .tooLong: giveUp(record.span, body)
        case .complete, .discarded, .needsMore: emit(record.span, cursor.fault, body)
        }
        // The buffer goes back for the next record that spans chunks.
        record.removeAll(keepingCapacity: true)
        swap(&record, &carry)
        return end
    }

    /// Hands a record out and starts the next one.
    private mutating func emit(_ bytes: Span<UInt8>, _ rejection: LineRejection?, _ body: Body) {
        var end = bytes.count
        if end > 0, bytes[end - 1] == Ascii.newline { end -= 1 }
        if end > 0, bytes[end - 1] == Ascii.carriageReturn { end -= 1 }
        let record = Record(byteOffset: recordOffset, contentByteCount: end, rejection: rejection)
        recordOffset += bytes.count
        cursor = Cursor()
        body(&self, bytes, record)
    }

    /// Hands out the start of a record that is too long.
    private mutating func giveUp(_ bytes: Span<UInt8>, _ body: Body) {
        let rejection = LineRejection(.lineTooLong, at: bytes.count, expected: "the end of the record")
        emit(bytes, rejection, body)
        cursor.discardRest()
    }

    private mutating func append(_ chunk: Span<UInt8>, _ range: Range<Int>) {
        if cursor.isDiscarding {
            recordOffset += range.count
            return
        }
        carry.reserveCapacity(carry.count + range.count)
        for index in range { carry.append(chunk[index]) }
    }

    // MARK: Byte order mark

    private mutating func skipByteOrderMark(_ chunk: Span<UInt8>) -> Int {
        var position = 0
        while position < chunk.count, let seen = markByteCount {
            guard chunk[position] == Self.byteOrderMark(seen) else {
                endByteOrderMark()
                break
            }
            position += 1
            markByteCount = seen + 1
            if seen == 2 {
                hadByteOrderMark = true
                recordOffset = 3
                markByteCount = nil
            }
        }
        return position
    }

    /// Bytes that began like the mark and did not go on like it are the start of the first record.
    private mutating func endByteOrderMark() {
        guard let seen = markByteCount else { return }
        markByteCount = nil
        guard seen > 0 else { return }
        for index in 0..<seen { carry.append(Self.byteOrderMark(index)) }
        cursor.skipUnquoted()
    }

    private static func byteOrderMark(_ index: Int) -> UInt8 {
        index == 0 ? 0xEF : index == 1 ? 0xBB : 0xBF
    }
}
