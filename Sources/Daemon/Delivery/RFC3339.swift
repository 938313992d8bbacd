package import AnomalyDetection

/// Writes times as RFC 3339 says, in UTC.
package enum RFC3339 {
    /// The time with as many decimals as it needs, such as `2026-01-02T03:04:05.25Z`.
    package static func text(_ time: Timestamp) -> String {
        let (second, nanosecond) = time.nanoseconds.floored(by: 1_000_000_000)
        let (day, secondOfDay) = second.floored(by: 86_400)
        let date = civilDate(day)
        var text = padded(date.year, 4) + "-" + padded(date.month, 2) + "-" + padded(date.day, 2) + "T"
        text +=
            padded(secondOfDay / 3_600, 2) + ":" + padded(secondOfDay / 60 % 60, 2) + ":" + padded(secondOfDay % 60, 2)
        if nanosecond != 0 {
            var decimals = padded(nanosecond, 9)
            while decimals.hasSuffix("0") { decimals.removeLast() }
            text += "." + decimals
        }
        return text + "Z"
    }

    /// The date of a day counted from 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms", 2013).
    private static func civilDate(_ dayOfEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // The calendar repeats every 400 years, which have 146,097 days; years begin in March, so that February is
        // last.
        let (era, dayOfEra) = (dayOfEpoch + 719_468).floored(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    /// Quotient and remainder with a remainder that is never negative.
    fileprivate func floored(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
