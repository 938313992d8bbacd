/// Reads timestamps.
///
/// Two forms are taken, told apart by the dashes of the date:
/// - *ISO 8601 / RFC 3339*: `2024-02-29`, `2024-02-29T12:30:00.25Z`, a space for the `T`, the seconds optional, a fraction
///   with point or comma (digits beyond the nanosecond are dropped), and `Z`, `±hh:mm`, `±hhmm`, `±hh` or nothing, which is
///   UTC. The calendar is checked. `24:00:00` is the midnight that ends the day. The second 60 is taken at 23:59 UTC alone,
///   where leap seconds are, and becomes the last nanosecond of that minute, because the epoch does not count them.
/// - *Epoch*: a number, whose size tells its unit: below 10¹¹ seconds (to the year 5138), below 10¹⁴ milliseconds, below
///   10¹⁷ microseconds, and nanoseconds from there on; as milliseconds and so on these begin in March 1973. A fraction is
///   taken, and an exponent (`1.5e9`) too.
enum TimestampText {
    /// The moment that `range` of `bytes` says, or `nil` where it says none or one outside the years 1677 to 2262.
    @inline(__always)
    static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Timestamp? {
        let start = range.lowerBound
        if range.count >= 10, bytes[start + 4] == Ascii.minus, bytes[start + 7] == Ascii.minus {
            return calendar(bytes, range)
        }
        return epoch(bytes, range)
    }

    // MARK: Calendar

    private static func calendar(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Timestamp? {
        let start = range.lowerBound
        let end = range.upperBound
        guard let century = twoDigits(bytes, start), let yearOfCentury = twoDigits(bytes, start + 2),
            let month = twoDigits(bytes, start + 5), let day = twoDigits(bytes, start + 8)
        else { return nil }
        let year = century * 100 + yearOfCentury
        guard month >= 1, month <= 12, day >= 1, day <= dayCount(ofMonth: month, year: year) else { return nil }
        var seconds = daysSinceEpoch(year: year, month: month, day: day) * 86_400
        var index = start + 10
        if index == end { return timestamp(seconds: seconds, nanoseconds: 0) }

        let separator = bytes[index] | 0x20
        guard separator == UInt8(ascii: "t") || bytes[index] == Ascii.space, end - index >= 6,
            let hour = twoDigits(bytes, index + 1), bytes[index + 3] == Ascii.colon,
            let minute = twoDigits(bytes, index + 4), minute <= 59, hour <= 24
        else { return nil }
        index += 6
        var second = 0
        var nanoseconds = 0
        if index < end, bytes[index] == Ascii.colon {
            guard end - index >= 3, let digits = twoDigits(bytes, index + 1), digits <= 60 else { return nil }
            second = digits
            index += 3
            if index < end, bytes[index] == Ascii.dot || bytes[index] == Ascii.comma {
                guard let fraction = fraction(bytes, from: index + 1, to: end) else { return nil }
                nanoseconds = fraction.nanoseconds
                index = fraction.end
            }
        }
        if hour == 24, minute + second + nanoseconds > 0 { return nil }
        guard let offset = offset(bytes, index..<end) else { return nil }
        seconds += hour * 3_600 + minute * 60 - offset
        if second == 60 {
            guard (seconds % 86_400 + 86_400) % 86_400 == 86_340 else { return nil }
            return timestamp(seconds: seconds + 59, nanoseconds: 999_999_999)
        }
        return timestamp(seconds: seconds + second, nanoseconds: nanoseconds)
    }

    /// The digits of a fraction of a second, of which there must be one.
    private static func fraction(
        _ bytes: Span<UInt8>, from start: Int, to end: Int
    ) -> (nanoseconds: Int, end: Int)? {
        var index = start
        var nanoseconds = 0
        var unit = 100_000_000
        while index < end, bytes[index] &- Ascii.zero < 10 {
            nanoseconds += Int(bytes[index] - Ascii.zero) * unit
            unit /= 10
            index += 1
        }
        return index > start ? (nanoseconds, index) : nil
    }

    /// The seconds by which a local time is ahead of UTC; nothing at all means UTC.
    @inline(__always)
    private static func offset(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        let start = range.lowerBound
        if range.isEmpty || range.count == 1 && bytes[start] | 0x20 == UInt8(ascii: "z") { return 0 }
        guard bytes[start] == Ascii.plus || bytes[start] == Ascii.minus, range.count >= 3,
            let hours = twoDigits(bytes, start + 1), hours <= 23
        else { return nil }
        var minutes = 0
        switch range.count {
        case 3: break
        case 5:
            guard let digits = twoDigits(bytes, start + 3) else { return nil }
            minutes = digits
        case 6:
            guard bytes[start + 3] == Ascii.colon, let digits = twoDigits(bytes, start + 4) else { return nil }
            minutes = digits
        default: return nil
        }
        guard minutes <= 59 else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        return bytes[start] == Ascii.minus ? -seconds : seconds
    }

    @inline(__always)
    private static func twoDigits(_ bytes: Span<UInt8>, _ index: Int) -> Int? {
        let tens = bytes[index] &- Ascii.zero
        let ones = bytes[index + 1] &- Ascii.zero
        return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
    }

    private static func dayCount(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
    private static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func timestamp(seconds: Int, nanoseconds: Int) -> Timestamp? {
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = scaled.addingReportingOverflow(nanoseconds)
        return overflow || carry ? nil : Timestamp(nanoseconds: Int64(sum))
    }

    // MARK: Epoch

    private static func epoch(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Timestamp? {
        var index = range.lowerBound
        let end = range.upperBound
        var isNegative = false
        if index < end, bytes[index] == Ascii.minus || bytes[index] == Ascii.plus {
            isNegative = bytes[index] == Ascii.minus
            index += 1
        }
        let digitsStart = index
        var whole: Int64 = 0
        while index < end, bytes[index] &- Ascii.zero < 10 {
            let (scaled, overflow) = whole.multipliedReportingOverflow(by: 10)
            let (sum, carry) = scaled.addingReportingOverflow(Int64(bytes[index] &- Ascii.zero))
            if overflow || carry { return nil }
            whole = sum
            index += 1
        }
        guard index > digitsStart else { return nil }
        // A power of ten is nine digits less with each coarser unit.
        let unit: Int64 =
            whole < 100_000_000_000
            ? 1_000_000_000 : whole < 100_000_000_000_000 ? 1_000_000 : whole < 100_000_000_000_000_000 ? 1_000 : 1
        var remainder: Int64 = 0
        if index < end, bytes[index] == Ascii.dot {
            index += 1
            var digitUnit = unit / 10
            while index < end, bytes[index] &- Ascii.zero < 10 {
                remainder += Int64(bytes[index] &- Ascii.zero) * digitUnit
                digitUnit /= 10
                index += 1
            }
        }
        if index < end { return exponential(bytes, range) }
        let (scaled, overflow) = whole.multipliedReportingOverflow(by: unit)
        let (sum, carry) = scaled.addingReportingOverflow(remainder)
        if overflow || carry { return nil }
        return Timestamp(nanoseconds: isNegative ? -sum : sum)
    }

    /// A number with an exponent, as spreadsheets and awk write large ones; as exact as a `Double`.
    private static func exponential(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Timestamp? {
        guard let number = DecimalNumber.scan(bytes, from: range.lowerBound, to: range.upperBound),
            number.end == range.upperBound
        else { return nil }
        let size = abs(number.value)
        let unit = size < 1e11 ? 1e9 : size < 1e14 ? 1e6 : size < 1e17 ? 1e3 : 1
        let nanoseconds = (number.value * unit).rounded()
        return abs(nanoseconds) < 9.2e18 ? Timestamp(nanoseconds: Int64(nanoseconds)) : nil
    }
}

extension Timestamp {
    /// The moment that a text says as inputs say it: ISO 8601, or a number of seconds, milliseconds, microseconds or nanoseconds
    /// since 1970; nil where it says none.
    package init?(text: String) {
        let bytes = text.utf8Span.span
        guard let time = TimestampText.parse(bytes, 0..<bytes.count) else { return nil }
        self = time
    }
}
