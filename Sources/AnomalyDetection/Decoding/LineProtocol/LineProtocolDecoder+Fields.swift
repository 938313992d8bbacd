extension LineProtocolDecoder {
    /// Reads the field set into ``pending`` and returns the index behind it, which is a space or the line's end.
    ///
    /// - Parameter unsupported: receives the place of the first string.
    mutating func scanFields(
        _ text: Span<UInt8>, from start: Int, line: inout Line, unsupported: inout Int?
    ) throws(Fault) -> Int {
        var index = start
        while index < line.end, isBlank(text[index]) { index &+= 1 }
        guard index < line.end else {
            throw Fault(.missingFields, at: index, expected: "a space and at least one field=value")
        }
        while true {
            let keyStart = index
            let key = try scanFieldKey(text, from: index, to: line.end)
            index = key.end &+ 1
            guard index < line.end, text[index] != Ascii.comma, text[index] != Ascii.space else {
                throw Fault(.badField, at: index, expected: "a value behind the =")
            }
            if text[index] == Ascii.quote {
                if unsupported == nil { unsupported = index }
                index = try scanString(text, from: index, line: &line)
            } else {
                let value = try scanValue(text, from: index, to: line.end)
                index = value.end
                appendCell(text, key: keyStart..<key.end, hasEscape: key.hasEscape, value: value.value)
            }
            if index == line.end || text[index] == Ascii.space { return index }
            // The value scanners stop at nothing else than a comma.
            index &+= 1
        }
    }

    /// The end of the field key, which is an `=`.
    @inline(__always)
    private func scanFieldKey(
        _ text: Span<UInt8>, from start: Int, to end: Int
    ) throws(Fault) -> (end: Int, hasEscape: Bool) {
        var index = start
        var hasEscape = false
        while index < end {
            let byte = text[index]
            if byte == Ascii.equals {
                guard index > start else { break }
                guard index &- start <= StreamTable.nameByteLimit else {
                    throw Fault(.nameTooLong, at: start, expected: "a field key of at most 1024 bytes")
                }
                return (index, hasEscape)
            }
            if byte == Ascii.comma || byte == Ascii.space { break }
            if byte == Ascii.backslash {
                hasEscape = true
                index &+= 1
                if index == end { break }
            }
            index &+= 1
        }
        throw Fault(.badField, at: index, expected: "key=value")
    }

    private mutating func appendCell(_ text: Span<UInt8>, key: Range<Int>, hasEscape: Bool, value: Double) {
        guard hasEscape else {
            pending.append(name: key, isUnescaped: false, value: value)
            return
        }
        let start = pending.unescaped.count
        SeriesKey.unescape(text, key, escapesEquals: true, into: &pending.unescaped)
        pending.append(name: start..<pending.unescaped.count, isUnescaped: true, value: value)
    }

    /// The index behind a quoted string, whose opening quote is at `start`. Newlines inside belong to it.
    private mutating func scanString(_ text: Span<UInt8>, from start: Int, line: inout Line) throws(Fault) -> Int {
        var index = start + 1
        while true {
            index = text.first(Ascii.quote, or: Ascii.backslash, from: index, to: text.count)
            guard index < text.count else {
                throw Fault(.unterminatedQuote, at: start, expected: "a closing quote")
            }
            if text[index] == Ascii.quote { break }
            let isEscape =
                index + 1 < text.count && (text[index + 1] == Ascii.quote || text[index + 1] == Ascii.backslash)
            index += isEscape ? 2 : 1
        }
        index += 1
        if index > line.end {
            if multilineStart == nil { multilineStart = start }
            line = Line(text, from: index)
        }
        guard index >= line.end || text[index] == Ascii.comma || text[index] == Ascii.space else {
            throw Fault(.badQuote, at: index, expected: "a comma, a space or the line's end behind a string")
        }
        return index
    }

    /// The number or boolean at `start`, which a comma, a space or the line's end follows.
    @inline(__always)
    private func scanValue(
        _ text: Span<UInt8>, from start: Int, to end: Int
    ) throws(Fault) -> (value: Double, end: Int) {
        // A plus sign is not part of a number here.
        if text[start] != Ascii.plus, let number = DecimalNumber.scan(text, from: start, to: end) {
            let after = number.end
            if after == end || text[after] == Ascii.comma || text[after] == Ascii.space {
                guard number.value.isFinite else {
                    throw Fault(.badNumber, at: start, expected: "a number that a 64-bit float can hold")
                }
                return (number.value, after)
            }
            let next = after &+ 1
            if next == end || text[next] == Ascii.comma || text[next] == Ascii.space {
                if let integer = Self.integer(text, start..<after, suffix: text[after]) { return (integer, next) }
            }
        } else if let boolean = Self.boolean(text, from: start, to: end) {
            return (boolean.value, boolean.end)
        }
        throw Fault(
            .badNumber, at: start,
            expected: "a number, an integer (1i), an unsigned integer (1u), a boolean or a quoted text")
    }

    /// The value of digits in front of an `i` or a `u`; `nil` where they are no such integer or one that is too large.
    private static func integer(_ text: Span<UInt8>, _ range: Range<Int>, suffix: UInt8) -> Double? {
        let isSigned = suffix == UInt8(ascii: "i")
        guard isSigned || suffix == UInt8(ascii: "u") else { return nil }
        let isNegative = text[range.lowerBound] == Ascii.minus
        if isNegative, !isSigned { return nil }
        var magnitude: UInt64 = 0
        for index in (range.lowerBound + (isNegative ? 1 : 0))..<range.upperBound {
            let digit = text[index] &- Ascii.zero
            let (scaled, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(UInt64(digit))
            guard digit < 10, !overflow, !carry else { return nil }
            magnitude = sum
        }
        if isSigned, magnitude > UInt64(Int64.max) + (isNegative ? 1 : 0) { return nil }
        let value = Double(magnitude)
        // An integer has no negative zero.
        return isNegative && magnitude > 0 ? -value : value
    }

    private static func boolean(_ text: Span<UInt8>, from start: Int, to end: Int) -> (value: Double, end: Int)? {
        var after = start
        while after < end, text[after] != Ascii.comma, text[after] != Ascii.space { after += 1 }
        let isTrue = text[start] | 0x20 == UInt8(ascii: "t")
        guard isTrue || text[start] | 0x20 == UInt8(ascii: "f") else { return nil }
        let count = after - start
        if count == 1 { return (isTrue ? 1 : 0, after) }
        guard count == (isTrue ? 4 : 5) else { return nil }
        // `true`, `True` and `TRUE` are booleans, `tRUE` and `TrUe` are not: behind the first letter all have one case.
        let isUpper = text[start + 1] & 0x20 == 0
        if isUpper, text[start] & 0x20 != 0 { return nil }
        let letters = isTrue ? Self.trueLetters : Self.falseLetters
        for offset in 1..<count where text[start + offset] != letters[offset] & (isUpper ? 0xDF : 0xFF) { return nil }
        return (isTrue ? 1 : 0, after)
    }

    private static let trueLetters: [UInt8] = Array("true".utf8)
    private static let falseLetters: [UInt8] = Array("false".utf8)
}
