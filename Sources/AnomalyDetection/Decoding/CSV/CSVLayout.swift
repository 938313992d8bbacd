/// Which column of a CSV input is what.
package struct CSVLayout: Equatable, Sendable {
    /// What a column holds.
    package enum Role: Equatable, Sendable {
        /// The timestamp.
        case time
        /// The stream's name.
        case stream
        /// A channel's values; the channel has the column's name (wide layout).
        case channel
        /// The channel's name (long layout).
        case channelName
        /// The value of the channel that the row names (long layout).
        case value
        /// Nothing that is read.
        case ignored
    }

    /// A column of the input.
    package struct Column: Equatable, Sendable {
        /// The name in the header, made unique by a number behind it, or a made-up one where there is no header.
        package var name: String
        /// What the column holds.
        package var role: Role
    }

    /// How readings lie in rows.
    package let kind: CSVOptions.Layout
    /// The columns, in the order of the input.
    package let columns: [Column]
    /// The byte between fields.
    package let delimiter: UInt8
    /// Whether the first record is a header, so that it holds no reading.
    package let hasHeader: Bool
    /// The stream of rows that do not name one.
    package let defaultStream: String

    /// The names of the columns, in the order of the input.
    package var names: [String] { columns.map(\.name) }

    /// The layout of an input whose first record is this one, without its line end.
    ///
    /// Roles given by option come first, then the names of ``KnownNames``: of several known names for the time or the
    /// stream the best-known one counts and the other columns are ignored. Where no name for the time is known, the first
    /// column whose name begins or ends with `time`, `timestamp` or `date` is taken, or a first column without a name.
    /// Without a header the first column is the time; four columns of which two are text and the last is a number are the
    /// long layout, and otherwise the columns are channels named `value`, or `channel_1` and so on.
    package init(firstRecord: Span<UInt8>, options: CSVOptions = CSVOptions()) throws(CSVLayoutFailure) {
        let delimiter = options.delimiter ?? Self.findDelimiter(firstRecord)
        let fields = (try? CSVField.texts(firstRecord, delimiter: delimiter)) ?? []
        let hasHeader = options.hasHeader ?? !Self.readsAsValues(fields)
        self.delimiter = delimiter
        self.hasHeader = hasHeader
        defaultStream = options.defaultStream
        if hasHeader {
            var roles = CSVRoleFinder(names: Self.unique(fields), options: options)
            kind = try roles.find()
            columns = zip(roles.names, roles.roles).map(Column.init)
        } else {
            let isLong = options.layout.map { $0 == .long } ?? Self.readsAsLong(fields)
            kind = isLong ? .long : .wide
            columns = isLong ? Self.longColumns : Self.madeUpColumns(fields.count)
            if isLong ? fields.count != 4 : fields.count < 2 { throw .noChannels(names: fields) }
        }
    }

    /// The long layout without a header: timestamp, stream, channel, value.
    package init(longWithDefaultStream defaultStream: String) {
        kind = .long
        columns = Self.longColumns
        delimiter = Ascii.comma
        hasHeader = false
        self.defaultStream = defaultStream
    }

    /// Whether the time column was found by its name, a known one or the option's, and not by its likeness.
    func namesTimeColumn(_ options: CSVOptions) -> Bool {
        guard hasHeader, let name = columns.first(where: { $0.role == .time })?.name else { return false }
        return options.timeColumn != nil || KnownNames.match(name)?.role == .time
    }

    private static let longColumns = [
        Column(name: "timestamp", role: .time), Column(name: "stream", role: .stream),
        Column(name: "channel", role: .channelName), Column(name: "value", role: .value),
    ]

    private static func madeUpColumns(_ count: Int) -> [Column] {
        var columns = [Column(name: "timestamp", role: .time)]
        if count == 2 { return columns + [Column(name: "value", role: .channel)] }
        for place in 1..<max(count, 2) { columns.append(Column(name: "channel_\(place)", role: .channel)) }
        return columns
    }

    /// Whether a record is a row of values and no header: a timestamp and then nothing but numbers and missing values, or
    /// the long layout.
    private static func readsAsValues(_ fields: [String]) -> Bool {
        guard fields.count >= 2, isTimestamp(fields[0]) else { return false }
        return readsAsLong(fields) || fields.dropFirst().allSatisfy { isNumberOrMissing($0) }
    }

    private static func readsAsLong(_ fields: [String]) -> Bool {
        fields.count == 4 && isTimestamp(fields[0]) && !isNumberOrMissing(fields[1]) && !isNumberOrMissing(fields[2])
            && isNumberOrMissing(fields[3])
    }

    private static func isTimestamp(_ field: String) -> Bool {
        let bytes = Array(field.utf8)
        return TimestampText.parse(bytes.span, 0..<bytes.count) != nil
    }

    private static func isNumberOrMissing(_ field: String) -> Bool {
        let bytes = Array(field.utf8)
        return CSVField.isMissing(bytes.span, 0..<bytes.count)
            || DecimalNumber.scan(bytes.span, from: 0, to: bytes.count)?.end == bytes.count
    }

    /// The delimiter that occurs most often outside quotes; a comma where none does.
    private static func findDelimiter(_ record: Span<UInt8>) -> UInt8 {
        var isQuoted = false
        var counts = (comma: 0, semicolon: 0, tab: 0)
        for index in record.indices {
            switch record[index] {
            case Ascii.quote: isQuoted.toggle()
            case Ascii.comma where !isQuoted: counts.comma += 1
            case Ascii.semicolon where !isQuoted: counts.semicolon += 1
            case Ascii.tab where !isQuoted: counts.tab += 1
            default: break
            }
        }
        if counts.comma >= max(counts.semicolon, counts.tab) { return Ascii.comma }
        return counts.semicolon >= counts.tab ? Ascii.semicolon : Ascii.tab
    }

    /// The names, a number behind those that came before, so that a second column of one name is a channel of its own.
    static func unique(_ names: [String]) -> [String] {
        var taken: Set<String> = []
        return names.map { name in
            var unique = name
            var number = 1
            while !name.isEmpty, !taken.insert(unique).inserted {
                number += 1
                unique = "\(name)_\(number)"
            }
            return unique
        }
    }
}
