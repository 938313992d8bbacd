import AnomalyDetection

/// Rows of a CSV input that wait for their score, and are handed out in order once it is known.
struct PendingRecords {
    /// What a row is.
    enum Kind {
        /// A reading, or a part of one.
        case reading(StreamID, Timestamp)
        /// A row that is no reading: its added columns stay empty.
        case unscored
        /// A blank line or a repeated header: written as it is.
        case verbatim
    }

    private struct Record {
        var bytes: [UInt8]
        var kind: Kind
        var isFinished: Bool
        var score: Float = .nan
        var settled: Float = .nan
        var isFiring = false
        var expected: [Double] = []
        var denoised: [Double] = []
    }

    private struct Key: Hashable {
        var stream: StreamID
        var time: Timestamp
    }

    /// Whether the settled score is a column, and rows therefore wait for it.
    private let hasSettledColumn: Bool
    /// Whether denoised values are columns, and rows therefore wait for them.
    private let hasDenoisedColumns: Bool
    private var records: [Record] = []
    /// Rows that were handed out already.
    private var offset = 0
    private var waiting: [Key: [Int]] = [:]
    /// Rows that have their live score and wait for the settled one.
    private var unsettled: [Key: [Int]] = [:]
    /// Rows that have their live score and wait for their denoised values.
    private var undenoised: [Key: [Int]] = [:]
    private var newestTimes: [StreamID: Timestamp] = [:]
    private var delimiter = UInt8(ascii: ",")
    private var channelColumns: [Int] = []
    private var isLong = false
    private var wasScored = false

    /// Rows that were added since scores were last noted.
    private(set) var newCount = 0

    /// No rows yet.
    init(hasSettledColumn: Bool, hasDenoisedColumns: Bool) {
        self.hasSettledColumn = hasSettledColumn
        self.hasDenoisedColumns = hasDenoisedColumns
    }

    /// Rows that were added and not handed out.
    var count: Int { records.count }

    /// Sets how rows are written.
    mutating func start(layout: CSVLayout) {
        delimiter = layout.delimiter
        isLong = layout.kind == .long
        channelColumns = layout.columns.indices.filter {
            layout.columns[$0].role == .channel || layout.columns[$0].role == .value
        }
        columnNames = layout.names
    }

    private var columnNames: [String] = []

    /// The header with the added columns.
    func header(_ record: Span<UInt8>) -> [UInt8] {
        var line = Self.bytes(record)
        let scores = hasSettledColumn ? ["score", "settled"] : ["score"]
        let values = hasDenoisedColumns ? ["expected_", "denoised_"] : ["expected_"]
        for name in scores + ["alert"] + values.flatMap({ kind in channelColumns.map { kind + columnNames[$0] } }) {
            line.append(delimiter)
            line += quoted(name)
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private func quoted(_ name: String) -> [UInt8] {
        let bytes = Array(name.utf8)
        let quote = UInt8(ascii: "\"")
        guard bytes.contains(where: { $0 == delimiter || $0 == quote || $0 < 0x20 }) else { return bytes }
        return [quote] + bytes.flatMap { $0 == quote ? [quote, quote] : [$0] } + [quote]
    }

    private static func bytes(_ span: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(span.count)
        for index in span.indices { bytes.append(span[index]) }
        return bytes
    }

    /// Adds a row behind the others.
    mutating func append(_ bytes: Span<UInt8>, _ kind: Kind) {
        newCount += 1
        var isFinished = true
        // The detector does not take a reading that is older than the stream's newest, and one of the same time has passed by.
        if case .reading(let stream, let time) = kind, newestTimes[stream].map({ $0 <= time }) ?? true {
            isFinished = false
            newestTimes[stream] = time
            waiting[Key(stream: stream, time: time), default: []].append(offset + records.count)
        }
        records.append(Record(bytes: Self.bytes(bytes), kind: kind, isFinished: isFinished))
    }

    /// Notes what the detector said about a reading; `willSettle` says whether it will have a settled score if it has a live one.
    mutating func resolve(_ row: DetectionOutput.Row, expected: [Double], willSettle: Bool) {
        let key = Key(stream: row.stream, time: row.time)
        guard let indexes = waiting[key] else { return }
        for index in indexes where index >= offset {
            records[index - offset].score = row.score
            records[index - offset].isFiring = row.isFiring
            records[index - offset].expected = expected
        }
        resolved.insert(key)
        if hasSettledColumn, willSettle, row.score.isFinite { unsettled[key] = indexes }
        // What is rebuilt now is rebuilt again by each window that covers it.
        if hasDenoisedColumns, willSettle, expected.contains(where: \.isFinite) { undenoised[key] = indexes }
    }

    private var resolved: Set<Key> = []

    /// Notes what a reading settled to, where its row was added before the row with this number among those that wait.
    mutating func settle(_ row: DetectionOutput.SettledRow, before limit: Int = .max) {
        let key = Key(stream: row.stream, time: row.time)
        guard let last = unsettled[key]?.last, last - offset < limit else { return }
        for index in unsettled.removeValue(forKey: key) ?? [] where index >= offset {
            records[index - offset].settled = row.score
            records[index - offset].isFinished = undenoised[key] == nil
        }
    }

    /// Notes what a reading was denoised to, where its row was added before the row with this number among those that wait.
    mutating func denoise(_ row: DetectionOutput.DenoisedRow, values: ArraySlice<Double>, before limit: Int = .max) {
        let key = Key(stream: row.stream, time: row.time)
        guard let last = undenoised[key]?.last, last - offset < limit else { return }
        for index in undenoised.removeValue(forKey: key) ?? [] where index >= offset {
            records[index - offset].denoised = Array(values)
            records[index - offset].isFinished = unsettled[key] == nil
        }
    }

    /// Ends the wait of rows that were noted, and of those that the detector did not take, except where `isAssembling`
    /// says that the reading is not whole yet.
    mutating func resolveUnmatched(isAssembling: (StreamID, Timestamp) -> Bool) {
        newCount = 0
        for (key, indexes) in waiting where resolved.contains(key) || !isAssembling(key.stream, key.time) {
            waiting[key] = nil
            guard unsettled[key] == nil, undenoised[key] == nil else { continue }
            for index in indexes where index >= offset { records[index - offset].isFinished = true }
        }
        resolved.removeAll(keepingCapacity: true)
    }

    /// Ends every wait.
    mutating func resolveRest() {
        for index in records.indices { records[index].isFinished = true }
        waiting.removeAll()
        unsettled.removeAll()
        undenoised.removeAll()
    }

    /// Takes the finished rows from the front, as text.
    mutating func takeFinished(rows: CSVRowDecoder?) -> [UInt8] {
        let end = records.firstIndex { !$0.isFinished } ?? records.count
        var text: [UInt8] = []
        for record in records[..<end] { write(record, rows: rows, to: &text) }
        records.removeSubrange(..<end)
        offset += end
        return text
    }

    private func write(_ record: Record, rows: CSVRowDecoder?, to text: inout [UInt8]) {
        text += record.bytes
        if case .verbatim = record.kind {
            text.append(UInt8(ascii: "\n"))
            return
        }
        text.append(delimiter)
        if record.score.isFinite { text += Array("\(record.score)".utf8) }
        if hasSettledColumn {
            text.append(delimiter)
            if record.settled.isFinite { text += Array("\(record.settled)".utf8) }
        }
        text.append(delimiter)
        text.append(UInt8(ascii: record.isFiring ? "1" : "0"))
        write(record.expected, rows: rows, to: &text)
        if hasDenoisedColumns { write(record.denoised, rows: rows, to: &text) }
        text.append(UInt8(ascii: "\n"))
    }

    private func write(_ values: [Double], rows: CSVRowDecoder?, to text: inout [UInt8]) {
        for column in channelColumns {
            text.append(delimiter)
            guard !isLong, let channel = rows?.channel(ofColumn: column), channel < values.count,
                values[channel].isFinite
            else { continue }
            text += Array("\(Float(values[channel]))".utf8)
        }
    }
}
