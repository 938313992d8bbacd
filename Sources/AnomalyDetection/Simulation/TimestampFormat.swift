/// Timestamps in ISO 8601, as `2026-01-01T00:00:00Z` with as many digits of the second as are asked for.
package enum TimestampFormat {
    /// The text of one moment, with 3, 6 or 9 digits of the second where it has them.
    package static func text(_ time: Timestamp) -> String {
        var bytes: [UInt8] = []
        append(time, fractionDigitCount: fractionDigitCount(time, stepNanoseconds: 1_000_000_000), to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How many digits of the second are needed for all moments `start` + n · `stepNanoseconds`: 0, 3, 6 or 9.
    static func fractionDigitCount(_ start: Timestamp, stepNanoseconds: Int64) -> Int {
        for (unit, digitCount) in [(1_000_000_000, 0), (1_000_000, 3), (1000, 6)] as [(Int64, Int)]
        where start.nanoseconds % unit == 0 && stepNanoseconds % unit == 0 {
            return digitCount
        }
        return 9
    }

    /// Writes a moment with 0, 3, 6 or 9 digits of the second; further ones are cut off.
    static func append(_ time: Timestamp, fractionDigitCount: Int, to bytes: inout [UInt8]) {
        let (seconds, nanoseconds) = floorDivide(time.nanoseconds, by: 1_000_000_000)
        let (days, secondOfDay) = floorDivide(seconds, by: 86_400)
        let date = civilDate(daysSinceEpoch: days)
        append(date.year, digitCount: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(date.month, digitCount: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(date.day, digitCount: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        append(secondOfDay / 3600, digitCount: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(secondOfDay / 60 % 60, digitCount: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(secondOfDay % 60, digitCount: 2, to: &bytes)
        switch fractionDigitCount {
        case 0: break
        case 3: appendFraction(nanoseconds / 1_000_000, digitCount: 3, to: &bytes)
        case 6: appendFraction(nanoseconds / 1000, digitCount: 6, to: &bytes)
        default: appendFraction(nanoseconds, digitCount: 9, to: &bytes)
        }
        bytes.append(UInt8(ascii: "Z"))
    }

    /// The date in the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`).
    private static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // Years begin in March here, so that the leap day is the last one; an era is 400 years.
        let (era, dayOfEra) = floorDivide(daysSinceEpoch + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floorDivide(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func append(_ number: Int64, digitCount: Int, to bytes: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<digitCount { divisor *= 10 }
        var rest = number
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest / divisor))
            rest %= divisor
            divisor /= 10
        }
    }

    private static func appendFraction(_ number: Int64, digitCount: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "."))
        append(number, digitCount: digitCount, to: &bytes)
    }
}
