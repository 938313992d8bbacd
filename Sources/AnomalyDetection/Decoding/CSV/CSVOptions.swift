/// What a user says about a CSV input; what is left `nil` is found from its header.
package struct CSVOptions: Equatable, Sendable {
    /// How readings are laid out in rows.
    package enum Layout: String, CaseIterable, Sendable {
        /// A row is a reading: the time and a column a channel, and perhaps a column for the stream.
        case wide
        /// A row is a cell: time, stream, channel, value.
        case long
    }

    /// The layout; found from the names otherwise: long if there is a column for the channel and one for the value.
    package var layout: Layout?
    /// The name of the column that holds the timestamp.
    package var timeColumn: String?
    /// The name of the column that holds the stream's name.
    package var streamColumn: String?
    /// The name of the column that holds the channel's name (long layout).
    package var channelColumn: String?
    /// The name of the column that holds the value (long layout).
    package var valueColumn: String?
    /// The names of columns that are not read. Names that do not occur are no error: inputs differ.
    package var ignoredColumns: Set<String> = []
    /// The stream of rows that do not name one.
    package var defaultStream = "default"
    /// The byte between fields; otherwise that of `,`, `;` and tab which occurs most often in the first record.
    package var delimiter: UInt8?
    /// Whether the first record is a header; otherwise it is one unless it reads as values.
    package var hasHeader: Bool?

    /// Everything is found from the header.
    package init() {}
}
