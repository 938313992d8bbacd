/// Why a line, or a field of it, was not taken. The raw values are stable: they are stored, exported and logged.
package enum RejectionReason: String, CaseIterable, Sendable {
    /// The timestamp is there and cannot be read, or lies outside the years 1677 to 2262.
    case badTimestamp = "bad_timestamp"
    /// The line has no timestamp and none can be put in its place.
    case missingTimestamp = "missing_timestamp"
    /// A value that should be a number is none, or is infinite.
    case badNumber = "bad_number"
    /// A value that can be read and not be measured: text. Only the field is left out.
    case unsupportedValue = "unsupported_value"
    /// A JSON value that is an array, or an object that is not `values` or `fields`.
    case nestedValue = "nested_value"
    /// The row has fewer fields than its header.
    case tooFewFields = "too_few_fields"
    /// The row has more fields than its header.
    case tooManyFields = "too_many_fields"
    /// A quote is opened and never closed.
    case unterminatedQuote = "unterminated_quote"
    /// Something other than the field's end follows a closing quote.
    case badQuote = "bad_quote"
    /// The line is not one JSON object as RFC 8259 has it.
    case badJSON = "bad_json"
    /// A JSON key that must be unique (time, stream, channel or value) is there twice.
    case duplicateKey = "duplicate_key"
    /// The line-protocol line has no measurement.
    case missingMeasurement = "missing_measurement"
    /// A line-protocol tag lacks its key or its value, or has an `=` in its value.
    case badTag = "bad_tag"
    /// A line-protocol tag key is there twice.
    case duplicateTag = "duplicate_tag"
    /// The line-protocol line has more tags than is sane.
    case tooManyTags = "too_many_tags"
    /// The line-protocol line has no field.
    case missingFields = "missing_fields"
    /// A line-protocol field lacks its key or its value.
    case badField = "bad_field"
    /// The object or row has nothing that could be a value.
    case missingValue = "missing_value"
    /// The stream's name is empty, or is not a text or a number.
    case badStream = "bad_stream"
    /// The channel's name is empty or is not a text.
    case badChannel = "bad_channel"
    /// The name of a stream or channel is too long.
    case nameTooLong = "name_too_long"
    /// The stream is new and the table of streams is full.
    case tooManyStreams = "too_many_streams"
    /// The channel is new and its stream has as many as it can have. Only the field is left out.
    case tooManyChannels = "too_many_channels"
    /// The line or record is longer than the limit.
    case lineTooLong = "line_too_long"
    /// The CSV input's header does not say which column is what, so its rows cannot be read.
    case badHeader = "bad_header"

    /// The place among all reasons, for arrays with an element a reason.
    var index: Int {
        Self.inOrder.firstIndex(of: self) ?? 0
    }

    /// Kept once, because `allCases` makes a new array at each call.
    static let inOrder = Array(allCases)
}
