/// Reads CSV records, one at a time, into readings.
///
/// A row is taken whole or not at all, but for single cells: a cell that is no number is counted as rejected and counts as
/// missing, and the row keeps its others.
package struct CSVRowDecoder: Sendable {
    /// What a record turned out to be.
    package enum Row: Equatable, Sendable {
        /// A reading was written.
        case reading
        /// A reading that had no cell that could be used; nothing was written.
        case withoutCells
        /// The record is empty.
        case blank
        /// The header again, as when files are concatenated.
        case repeatedHeader
        /// Another header: what follows has other columns.
        case otherHeader
    }

    /// A cell of the row that is being read.
    struct Cell {
        var column: Int
        var value: Double
        /// Whether the field was no number.
        var isFaulty: Bool
        /// Where the field begins in the record.
        var start: Int
    }

    /// Which column is what.
    package let layout: CSVLayout
    let roles: [CSVLayout.Role]
    /// The columns' names one behind the other, and where each lies.
    let columnNames: [UInt8]
    let columnNameRanges: [Range<Int>]
    let defaultStreamName: [UInt8]
    var cells: [Cell] = []
    /// A name in which quotes were doubled, made plain.
    var plainName: [UInt8] = []
    /// The stream of the last reading, and the place within it of each column's channel, -1 while it is not known.
    var lastStream: StreamID?
    var columnChannels: [Int32]
    /// The place at which a long row's channel is expected.
    var expectedChannel = 0

    /// A decoder for rows of this layout.
    package init(layout: CSVLayout) {
        self.layout = layout
        roles = layout.columns.map(\.role)
        var names: [UInt8] = []
        columnNameRanges = layout.columns.map { column in
            let start = names.count
            names.append(contentsOf: column.name.utf8)
            return start..<names.count
        }
        columnNames = names
        defaultStreamName = Array(layout.defaultStream.utf8)
        columnChannels = Array(repeating: -1, count: layout.columns.count)
        cells.reserveCapacity(layout.columns.count)
    }

    /// The stream of the last reading.
    package var stream: StreamID? { lastStream }

    /// The place, within the stream of the last reading, of the channel that a column of the wide layout became.
    package func channel(ofColumn column: Int) -> Int? {
        columnChannels[column] >= 0 ? Int(columnChannels[column]) : nil
    }

    /// Reads one record, without its line end.
    ///
    /// - Parameter receivedAt: stands in for a timestamp that is missing; without it such a row is rejected.
    /// - Throws: why the record as a whole was not taken. Cells that were not are counted in `rejections`.
    package mutating func decode(
        _ record: Span<UInt8>, receivedAt: Timestamp? = nil, into batch: inout ReadingBatch,
        streams: inout StreamTable, rejections: inout RejectionTally
    ) throws(LineRejection) -> Row {
        if record.trimming(0..<record.count).isEmpty { return .blank }
        do {
            let fields = try scanFields(record, receivedAt: receivedAt)
            return try commit(record, fields, into: &batch, streams: &streams, rejections: &rejections)
        } catch {
            // A header is found only where a row is not good, so that good rows do not pay for the search.
            if let header = headerKind(record) { return header }
            throw error
        }
    }

    // MARK: Fields

    /// The fields of a row other than its values.
    struct Fields {
        var time: Timestamp?
        var stream: CSVField?
        var channel: CSVField?
    }

    private mutating func scanFields(
        _ record: Span<UInt8>, receivedAt: Timestamp?
    ) throws(LineRejection) -> Fields {
        cells.removeAll(keepingCapacity: true)
        var fields = Fields()
        let delimiter = layout.delimiter
        let columnCount = roles.count
        var column = 0
        var index = 0
        while true {
            guard column < columnCount else {
                throw LineRejection(.tooManyFields, at: index, expected: "as many fields as the header has")
            }
            switch roles[column] {
            case .channel, .value:
                index = try scanCell(record, from: index, column: column)
            case .time:
                let field = try CSVField.scan(record, from: index, delimiter: delimiter)
                fields.time = try Self.time(record, field, receivedAt: receivedAt)
                index = field.end
            case .stream:
                let field = try CSVField.scan(record, from: index, delimiter: delimiter)
                fields.stream = field
                index = field.end
            case .channelName:
                let field = try CSVField.scan(record, from: index, delimiter: delimiter)
                fields.channel = field
                index = field.end
            case .ignored:
                index = try CSVField.scan(record, from: index, delimiter: delimiter).end
            }
            column &+= 1
            if index >= record.count { break }
            index &+= 1
        }
        guard column == columnCount else {
            throw LineRejection(.tooFewFields, at: record.count, expected: "as many fields as the header has")
        }
        return fields
    }

    /// Reads a value and returns the index of the delimiter behind it.
    @inline(__always)
    private mutating func scanCell(_ record: Span<UInt8>, from start: Int, column: Int) throws(LineRejection) -> Int {
        // Nearly all fields are a bare number, and then finding its end and reading it are one pass.
        if let number = DecimalNumber.scan(record, from: start, to: record.count),
            number.end == record.count || record[number.end] == layout.delimiter, number.value.isFinite
        {
            cells.append(Cell(column: column, value: number.value, isFaulty: false, start: start))
            return number.end
        }
        return try scanUnusualCell(record, from: start, column: column)
    }

    private mutating func scanUnusualCell(
        _ record: Span<UInt8>, from start: Int, column: Int
    ) throws(LineRejection) -> Int {
        let field = try CSVField.scan(record, from: start, delimiter: layout.delimiter)
        let content = record.trimming(field.content)
        if CSVField.isMissing(record, content) {
            cells.append(Cell(column: column, value: .nan, isFaulty: false, start: start))
        } else if let number = DecimalNumber.scan(record, from: content.lowerBound, to: content.upperBound),
            number.end == content.upperBound, number.value.isFinite
        {
            cells.append(Cell(column: column, value: number.value, isFaulty: false, start: start))
        } else {
            cells.append(Cell(column: column, value: .nan, isFaulty: true, start: start))
        }
        return field.end
    }

    @inline(__always)
    private static func time(
        _ record: Span<UInt8>, _ field: CSVField, receivedAt: Timestamp?
    ) throws(LineRejection) -> Timestamp {
        if let time = TimestampText.parse(record, field.content) { return time }
        let content = record.trimming(field.content)
        if let time = TimestampText.parse(record, content) { return time }
        guard CSVField.isMissing(record, content) else {
            throw LineRejection(
                .badTimestamp, at: content.lowerBound, expected: "an ISO 8601 time or a number of seconds, ms, µs or ns"
            )
        }
        guard let receivedAt else {
            throw LineRejection(.missingTimestamp, at: content.lowerBound, expected: "a timestamp")
        }
        return receivedAt
    }
}
