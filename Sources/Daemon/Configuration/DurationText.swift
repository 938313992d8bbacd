/// Durations as people write them in a configuration: `6h`, `30d`, `250ms`, `1h30m`.
package enum DurationText {
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
        ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]

    /// The duration that a text says, or nil where it says none.
    ///
    /// A text is one or more numbers, each with a unit out of `w d h m s ms us ns`. A number may have a fraction of
    /// up to
    /// nine digits. The sum has to fit into 292 years.
    package static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        var total: Int64 = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let whole = rest.prefix(while: isDigit)
            rest = rest.dropFirst(whole.count)
            var fraction = Substring()
            if rest.first == "." {
                fraction = rest.dropFirst().prefix(while: isDigit)
                guard !fraction.isEmpty, fraction.count <= 9 else { return nil }
                rest = rest.dropFirst(1 + fraction.count)
            }
            let unit = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let wholeNumber = Int64(whole), let scale = units.first(where: { $0.name == unit })?.nanoseconds
            else { return nil }
            let (nanoseconds, tooLarge) = wholeNumber.multipliedReportingOverflow(by: scale)
            let (sum, overflow) = total.addingReportingOverflow(nanoseconds)
            let (withFraction, fractionOverflow) = sum.addingReportingOverflow(parts(of: scale, fraction))
            guard !tooLarge, !overflow, !fractionOverflow else { return nil }
            total = withFraction
        }
        return .nanoseconds(total)
    }

    /// A text with one unit that says the duration exactly; less than a nanosecond is cut off.
    package static func format(_ duration: Duration) -> String {
        let nanoseconds = duration.wholeNanoseconds
        guard nanoseconds != 0 else { return "0s" }
        // People say 24h and 36h, and 2d and 30d; nobody counts in weeks.
        let fitting = units.first { unit in
            nanoseconds % unit.nanoseconds == 0 && unit.name != "w"
                && (unit.name != "d" || nanoseconds.magnitude >= 2 * unit.nanoseconds.magnitude)
        }
        guard let fitting else { return "\(nanoseconds)ns" }
        return "\(nanoseconds / fitting.nanoseconds)\(fitting.name)"
    }

    /// The digits behind a decimal point, as a share of the unit.
    private static func parts(of scale: Int64, _ fraction: Substring) -> Int64 {
        var share = Int128(Int64(fraction) ?? 0) * Int128(scale)
        for _ in fraction { share /= 10 }
        return Int64(share)
    }

    private static func isDigit(_ character: Character) -> Bool {
        character.isASCII && character.isNumber
    }
}

extension Duration {
    /// The duration in nanoseconds; less than one is cut off, and what does not fit is clamped.
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overflow || sumOverflow ? (seconds < 0 ? .min : .max) : sum
    }
}
