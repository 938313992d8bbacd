/// The values of a reading as the text in which they are stored: a JSON array, such as `[20.25,null,3]`.
///
/// A number is written with the fewest digits that give the same `Double` again, so nothing is lost. JSON has no word for
/// infinity: it is written as `9e999`, which JSON readers take as infinite. A missing value, NaN, is `null`.
enum ReadingText {
    /// Replaces `text` by that for these values.
    static func encode(_ values: Span<Double>, into text: inout String) {
        text.removeAll(keepingCapacity: true)
        text.append("[")
        for index in values.indices {
            if index > 0 { text.append(",") }
            append(values[index], to: &text)
        }
        text.append("]")
    }

    private static func append(_ value: Double, to text: inout String) {
        if value.isNaN {
            text.append("null")
        } else if value.isInfinite {
            text.append(value < 0 ? "-9e999" : "9e999")
        } else if let whole = Int32(exactly: value), whole != 0 || value.sign == .plus {
            text.append(whole.description)
        } else {
            value.write(to: &text)
        }
    }

    /// Appends `count` values to `values`: those of the text, then NaN for channels that the stream did not have yet when
    /// the reading came. Values beyond `count` are left out.
    ///
    /// - Returns: whether the text is a list of numbers and nulls.
    static func decode(_ text: String, count: Int, into values: inout [Double]) -> Bool {
        let wanted = values.count + count
        let bytes = text.utf8Span.span
        guard bytes.count >= 2, bytes[0] == UInt8(ascii: "["), bytes[bytes.count - 1] == UInt8(ascii: "]") else {
            return false
        }
        var position = 1
        while position < bytes.count - 1, values.count < wanted {
            var end = position
            while bytes[end] != UInt8(ascii: ","), end < bytes.count - 1 { end += 1 }
            guard let value = number(bytes.extracting(position..<end)) else { return false }
            values.append(value)
            position = end + 1
        }
        while values.count < wanted { values.append(.nan) }
        return true
    }

    /// The number that the bytes say; NaN for `null`, nil for anything that is neither.
    ///
    /// Starting with 10,000 streams means parsing millions of numbers. Most have at most 15 digits, and for those a division
    /// of two exactly known numbers rounds once and so is right to the last bit (Clinger 1990); the rest are left to Swift.
    private static func number(_ bytes: Span<UInt8>) -> Double? {
        guard !bytes.isEmpty else { return nil }
        let isNegative = bytes[0] == UInt8(ascii: "-")
        var digits: UInt64 = 0
        var digitCount = 0
        var fractionCount: Int?
        for index in (isNegative ? 1 : 0)..<bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits = digits &* 10 &+ UInt64(bytes[index] - UInt8(ascii: "0"))
                digitCount += 1
                fractionCount = fractionCount.map { $0 + 1 }
            case UInt8(ascii: ".") where fractionCount == nil: fractionCount = 0
            default: return slowNumber(bytes)
            }
        }
        guard 1...15 ~= digitCount else { return slowNumber(bytes) }
        let value = Double(digits) / powersOfTen[fractionCount ?? 0]
        return isNegative ? -value : value
    }

    private static func slowNumber(_ bytes: Span<UInt8>) -> Double? {
        var text = ""
        for index in bytes.indices { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
        return text == "null" ? .nan : Double(text)
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ]
}
