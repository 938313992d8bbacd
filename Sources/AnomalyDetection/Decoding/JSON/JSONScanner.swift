/// Reads the tokens of a JSON text (RFC 8259) in place. All functions take and return indices of the text.
enum JSONScanner {
    /// A string token.
    struct Text {
        /// The bytes between the quotes.
        var content: Range<Int>
        var hasEscapes: Bool
        /// The index behind the closing quote.
        var end: Int { content.upperBound + 1 }
    }

    /// The index of the first byte that is no whitespace.
    @inline(__always)
    static func skipWhitespace(_ text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count, isWhitespace(text[index]) { index &+= 1 }
        return index
    }

    @inline(__always)
    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == Ascii.space || byte == Ascii.tab || byte == Ascii.newline || byte == Ascii.carriageReturn
    }

    /// The string whose opening quote is at `start`. Escapes are checked; that the rest is UTF-8 is not.
    static func scanText(_ text: Span<UInt8>, from start: Int) throws(LineRejection) -> Text {
        guard start < text.count, text[start] == Ascii.quote else {
            throw LineRejection(.badJSON, at: start, expected: "a string")
        }
        var index = start &+ 1
        var hasEscapes = false
        while index < text.count {
            let byte = text[index]
            if byte == Ascii.quote {
                return Text(content: (start &+ 1)..<index, hasEscapes: hasEscapes)
            } else if byte == Ascii.backslash {
                hasEscapes = true
                index = try scanEscape(text, from: index)
            } else if byte < 0x20 {
                throw LineRejection(.badJSON, at: index, expected: "control characters as escapes")
            } else {
                index &+= 1
            }
        }
        throw LineRejection(.unterminatedQuote, at: start, expected: "a closing quote")
    }

    /// The index behind the escape that starts at `start`.
    private static func scanEscape(_ text: Span<UInt8>, from start: Int) throws(LineRejection) -> Int {
        if start + 1 < text.count {
            switch text[start + 1] {
            case UInt8(ascii: "u"):
                if hexadecimal(text, from: start + 2) != nil { return start + 6 }
            case Ascii.quote, Ascii.backslash, UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
                UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
                return start + 2
            default: break
            }
        }
        throw LineRejection(.badJSON, at: start, expected: "an escape that JSON knows")
    }

    private static func hexadecimal(_ text: Span<UInt8>, from start: Int) -> UInt32? {
        guard start + 4 <= text.count else { return nil }
        var value: UInt32 = 0
        for index in start..<(start + 4) {
            let byte = text[index]
            let letter = (byte | 0x20) &- UInt8(ascii: "a")
            let digit = byte &- Ascii.zero < 10 ? byte - Ascii.zero : letter < 6 ? letter + 10 : 16
            guard digit < 16 else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// Appends a string that was scanned, its escapes replaced; half a surrogate pair becomes U+FFFD.
    static func unescape(_ text: Span<UInt8>, _ string: Text, into bytes: inout [UInt8]) {
        var index = string.content.lowerBound
        while index < string.content.upperBound {
            guard text[index] == Ascii.backslash else {
                bytes.append(text[index])
                index += 1
                continue
            }
            switch text[index + 1] {
            case UInt8(ascii: "u"):
                var scalar = hexadecimal(text, from: index + 2) ?? 0xFFFD
                index += 6
                if (0xD800...0xDBFF).contains(scalar), index + 6 <= string.content.upperBound,
                    text[index] == Ascii.backslash, text[index + 1] == UInt8(ascii: "u"),
                    let low = hexadecimal(text, from: index + 2), (0xDC00...0xDFFF).contains(low)
                {
                    scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
                bytes.append(contentsOf: UTF8.encode(Unicode.Scalar(scalar) ?? "\u{FFFD}") ?? .init())
                continue
            case UInt8(ascii: "b"): bytes.append(0x08)
            case UInt8(ascii: "f"): bytes.append(0x0C)
            case UInt8(ascii: "n"): bytes.append(Ascii.newline)
            case UInt8(ascii: "r"): bytes.append(Ascii.carriageReturn)
            case UInt8(ascii: "t"): bytes.append(Ascii.tab)
            case let byte: bytes.append(byte)
            }
            index += 2
        }
    }

    /// The number that starts at `start`, by JSON's grammar: no plus, no leading zeros, digits on both sides of a point.
    @inline(__always)
    static func scanNumber(_ text: Span<UInt8>, from start: Int) throws(LineRejection) -> DecimalNumber {
        guard text[start] != Ascii.plus, let number = DecimalNumber.scan(text, from: start, to: text.count) else {
            throw LineRejection(.badJSON, at: start, expected: "a value")
        }
        let digits = text[start] == Ascii.minus ? start &+ 1 : start
        let isPadded = text[digits] == Ascii.zero && digits &+ 1 < number.end && text[digits &+ 1] &- Ascii.zero < 10
        guard !isPadded, text[digits] != Ascii.dot else {
            throw LineRejection(.badJSON, at: start, expected: "a number as JSON writes it")
        }
        for index in digits..<number.end where text[index] == Ascii.dot {
            guard index &+ 1 < number.end, text[index &+ 1] &- Ascii.zero < 10 else {
                throw LineRejection(.badJSON, at: index, expected: "a digit behind the point")
            }
        }
        return number
    }

    /// The index behind the literal, if it stands at `start`.
    static func scanLiteral(_ text: Span<UInt8>, from start: Int, _ literal: Literal) throws(LineRejection) -> Int {
        let (word, count) = literal.letters
        guard start + count <= text.count else {
            throw LineRejection(.badJSON, at: start, expected: "true, false or null")
        }
        var found: UInt64 = 0
        for index in start..<(start + count) { found = found << 8 | UInt64(text[index]) }
        guard found == word else { throw LineRejection(.badJSON, at: start, expected: "true, false or null") }
        return start + count
    }

    /// The words of JSON.
    enum Literal {
        case isTrue, isFalse, null

        /// The letters as one number, and how many they are.
        fileprivate var letters: (UInt64, Int) {
            switch self {
            case .isTrue: (0x74_7275_65, 4)
            case .isFalse: (0x6661_6C73_65, 5)
            case .null: (0x6E75_6C6C, 4)
            }
        }
    }
}
