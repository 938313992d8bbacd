/// Durations as people write them: a number and its unit, or several of them, such as `250ms`, `1.5h` or `1h30m`.
package enum DurationNotation {
    /// Nanoseconds in a duration with the units `ns`, `us`, `ms`, `s`, `m`, `h` and `d`; nil where the text is none, or
    /// where it is longer than 292 years.
    package static func nanoseconds(_ text: some StringProtocol) -> Int64? {
        var rest = text[...]
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let amount = Double(number), let scale = nanosecondsPerUnit(unit) else { return nil }
            total += amount * scale
        }
        return total < 9.2e18 ? Int64(total.rounded()) : nil
    }

    private static func nanosecondsPerUnit(_ unit: some StringProtocol) -> Double? {
        switch unit {
        case "ns": 1
        case "us", "µs", "μs": 1e3
        case "ms": 1e6
        case "s": 1e9
        case "m", "min": 60e9
        case "h": 3600e9
        case "d": 86400e9
        default: nil
        }
    }
}
