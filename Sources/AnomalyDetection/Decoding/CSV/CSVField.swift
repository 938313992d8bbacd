/// Where one field of a CSV record lies.
struct CSVField {
    /// The field's bytes: without the quotes where it has them, without blanks at its ends where it has none.
    var content: Range<Int>
    /// Whether the content holds doubled quotes, which stand for one each.
    var hasDoubledQuotes = false
    /// The index of the delimiter behind the field, or the record's end.
    var end: Int

    /// The field that starts at `start`.
    @inline(__always)
    static func scan(_ record: Span<UInt8>, from start: Int, delimiter: UInt8) throws(LineRejection) -> CSVField {
        if start < record.count, record[start] == Ascii.quote {
            return try scanQuoted(record, from: start, delimiter: delimiter)
        }
        var end = start
        while end < record.count, record[end] != delimiter { end &+= 1 }
        return CSVField(content: record.trimming(start..<end), end: end)
    }

    private static func scanQuoted(
        _ record: Span<UInt8>, from start: Int, delimiter: UInt8
    ) throws(LineRejection) -> CSVField {
        var index = start + 1
        var hasDoubledQuotes = false
        while true {
            index = record.first(Ascii.quote, from: index, to: record.count)
            guard index < record.count else {
                throw LineRejection(.unterminatedQuote, at: start, expected: "a closing quote")
            }
            guard index + 1 < record.count, record[index + 1] == Ascii.quote else { break }
            hasDoubledQuotes = true
            index += 2
        }
        guard index + 1 == record.count || record[index + 1] == delimiter else {
            throw LineRejection(.badQuote, at: index + 1, expected: "the end of the field behind its closing quote")
        }
        return CSVField(content: (start + 1)..<index, hasDoubledQuotes: hasDoubledQuotes, end: index + 1)
    }

    /// All fields of a record, as text.
    static func texts(_ record: Span<UInt8>, delimiter: UInt8) throws(LineRejection) -> [String] {
        var texts: [String] = []
        var index = 0
        while true {
            let field = try scan(record, from: index, delimiter: delimiter)
            texts.append(field.text(in: record))
            if field.end >= record.count { return texts }
            index = field.end + 1
        }
    }

    /// The field's text, for headers and messages.
    func text(in record: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        appendText(of: record, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the field's bytes, doubled quotes made single.
    func appendText(of record: Span<UInt8>, to bytes: inout [UInt8]) {
        var index = content.lowerBound
        while index < content.upperBound {
            bytes.append(record[index])
            // The scan saw that quotes inside come in pairs.
            index += hasDoubledQuotes && record[index] == Ascii.quote ? 2 : 1
        }
    }

    /// Whether the text says that there is no value: nothing, `NA`, `N/A`, `NaN`, `null`, `none` (in any case) or `-`.
    static func isMissing(_ record: Span<UInt8>, _ range: Range<Int>) -> Bool {
        let start = range.lowerBound
        switch range.count {
        case 0: return true
        case 1: return record[start] == Ascii.minus
        case 2...4:
            // At most four letters, in lower case, make one number to compare.
            var word: UInt32 = 0
            for index in range {
                word = word << 8 | UInt32(isUpper(record[index]) ? record[index] | 0x20 : record[index])
            }
            switch word {
            case 0x6E61, 0x6E_2F61, 0x6E_616E, 0x6E75_6C6C, 0x6E6F_6E65: return true  // na, n/a, nan, null, none
            default: return false
            }
        default: return false
        }
    }

    private static func isUpper(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "A") < 26
    }
}
