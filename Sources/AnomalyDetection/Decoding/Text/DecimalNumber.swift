/// A decimal number found in text: digits, optionally a point and an exponent.
///
/// The grammar is the widest that any of the formats allows, `[-+]? (digits [. digits?] | . digits) ([eE] [-+]? digits)?`;
/// a format that allows less looks at the text again.
struct DecimalNumber {
    /// The nearest `Double`; infinite where the number is too large.
    var value: Double
    /// The index behind the last byte of the number.
    var end: Int

    /// Reads the number that starts at `start` and ends at the latest before `end`; `nil` where there is none.
    @inline(__always)
    static func scan(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> DecimalNumber? {
        var index = start
        var isNegative = false
        if index < end, bytes[index] == Ascii.minus || bytes[index] == Ascii.plus {
            isNegative = bytes[index] == Ascii.minus
            index &+= 1
        }
        var mantissa: UInt64 = 0
        let digitsStart = index
        while index < end, bytes[index] &- Ascii.zero < 10 {
            mantissa = mantissa &* 10 &+ UInt64(bytes[index] &- Ascii.zero)
            index &+= 1
        }
        var digitCount = index &- digitsStart
        var exponent = 0
        if index < end, bytes[index] == Ascii.dot {
            index &+= 1
            let fractionStart = index
            while index < end, bytes[index] &- Ascii.zero < 10 {
                mantissa = mantissa &* 10 &+ UInt64(bytes[index] &- Ascii.zero)
                index &+= 1
            }
            exponent = fractionStart &- index
            digitCount &-= exponent
        }
        guard digitCount > 0 else { return nil }
        if index < end, bytes[index] | 0x20 == UInt8(ascii: "e") {
            guard let scanned = scanExponent(bytes, from: index &+ 1, to: end) else { return nil }
            exponent &+= scanned.exponent
            index = scanned.end
        }
        // Twice 10^22 and 2^53 are exact, so one rounding of their product or quotient is the right one (Clinger 1990).
        if digitCount <= 19, mantissa <= 1 << 53, exponent >= -22, exponent <= 22 {
            let exact = Double(mantissa)
            let magnitude = exponent < 0 ? exact / powerOfTen(-exponent) : exact * powerOfTen(exponent)
            return DecimalNumber(value: isNegative ? -magnitude : magnitude, end: index)
        }
        let magnitude = roundedSlowly(bytes, from: digitsStart, to: index, mantissa, exponent, digitCount)
        return DecimalNumber(value: isNegative ? -magnitude : magnitude, end: index)
    }

    /// The digits behind an `e`; an exponent too large for any `Double` is cut to one that is.
    private static func scanExponent(
        _ bytes: Span<UInt8>, from start: Int, to end: Int
    ) -> (exponent: Int, end: Int)? {
        var index = start
        var isNegative = false
        if index < end, bytes[index] == Ascii.minus || bytes[index] == Ascii.plus {
            isNegative = bytes[index] == Ascii.minus
            index += 1
        }
        let digitsStart = index
        var exponent = 0
        while index < end, bytes[index] &- Ascii.zero < 10 {
            if exponent < 1_000_000_000 { exponent = exponent * 10 + Int(bytes[index] - Ascii.zero) }
            index += 1
        }
        guard index > digitsStart else { return nil }
        return (isNegative ? -exponent : exponent, index)
    }

    /// The value of digits that the exact path cannot take: more than 2^53 or far from the point.
    private static func roundedSlowly(
        _ bytes: Span<UInt8>, from start: Int, to end: Int, _ mantissa: UInt64, _ exponent: Int, _ digitCount: Int
    ) -> Double {
        var significantCount = digitCount
        if digitCount > 19 {
            // Zeros in front do not count: 0.00000000000000000001 has one digit.
            for index in start..<end where bytes[index] != Ascii.dot {
                guard bytes[index] == Ascii.zero else { break }
                significantCount -= 1
            }
        }
        if significantCount <= 0 { return 0 }
        if significantCount <= 19 {
            if mantissa == 0 { return 0 }
            if abs(exponent) <= PowersOfFive.exponentLimit,
                let value = PowersOfFive.shared.value(mantissa: mantissa, exponent: exponent)
            {
                return value
            }
        }
        // Rare enough to allocate: twenty digits and more, and magnitudes beyond 10^55. The text was checked, so it is read.
        return Double(bytes.text(start..<end)) ?? .infinity
    }

    /// 10 to a power from 0 to 22, which a `Double` holds exactly.
    @inline(__always)
    private static func powerOfTen(_ exponent: Int) -> Double {
        powersOfTen[exponent]
    }

    private static let powersOfTen: [23 of Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20,
        1e21, 1e22,
    ]
}
