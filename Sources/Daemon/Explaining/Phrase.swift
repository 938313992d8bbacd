package import AnomalyDetection
import Foundation

/// Numbers, times and names as people read them.
package enum Phrase {
    /// What stands where there is nothing.
    package static let nothing = "–"

    /// A text without control characters: names come from the network, and must not steer somebody's terminal.
    package static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return text.unicodeScalars.map { scalar in
            isControl(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }.joined()
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }

    /// A number with five significant digits, or as few as it needs.
    package static func number(_ value: Double?) -> String {
        guard let value else { return nothing }
        guard value.isFinite else { return value.isNaN ? "missing" : value < 0 ? "−∞" : "∞" }
        // Up to a billion the digits are easier to read than a power of ten.
        guard abs(value) >= 1e5, abs(value) < 1e9 else { return String(format: "%.5g", value) }
        let step = pow(10, floor(log10(abs(value))) - 4)
        return String(format: "%.0f", (value / step).rounded() * step)
    }

    /// A score with two decimals.
    package static func score(_ value: Double?) -> String {
        guard let value, !value.isNaN else { return nothing }
        return value.isFinite ? String(format: "%.2f", value) : "∞"
    }

    /// A share as a percentage; one that is not nothing is never 0 %.
    package static func percent(_ share: Double) -> String {
        let percent = Int((min(max(share, 0), 1) * 100).rounded())
        return percent == 0 && share > 0 ? "less than 1 %" : "\(percent) %"
    }

    /// A time in ISO 8601.
    package static func time(_ time: Timestamp?) -> String {
        time.map(RFC3339.text) ?? nothing
    }

    /// The time between two moments in its two largest units, such as `2 h 5 min`.
    package static func duration(from start: Timestamp, to end: Timestamp) -> String {
        duration(ofNanoseconds: max(0, end.nanoseconds(since: start)))
    }

    /// So many nanoseconds, not negative, in their two largest units.
    package static func duration(ofNanoseconds nanoseconds: Int64) -> String {
        guard nanoseconds >= 1_000_000_000 else {
            return nanoseconds == 0 ? "0 s" : number(Double(nanoseconds) / 1e6) + " ms"
        }
        let seconds = nanoseconds / 1_000_000_000
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s"),
        ]
        let first = parts.firstIndex { $0.0 > 0 } ?? 3
        return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }

    /// A count with its noun in singular or plural.
    package static func count(_ count: Int, _ noun: String) -> String {
        count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
    }

    /// A name of the schema, such as `level_shift`, in words.
    package static func words(_ name: String) -> String {
        name.replacingOccurrences(of: "_", with: " ")
    }

    /// What a score means: how rare so large an error is on normal data, as far as any history can tell.
    package static func rarity(ofScore score: Double) -> String {
        guard score <= ScoreCeiling.level else { return "more than any normal reading seen" }
        let readings = pow(10, score)
        let scales = [(1e12, " trillion"), (1e9, " billion"), (1e6, " million"), (1e3, " thousand"), (1, "")]
        let (size, name) = scales.first { readings >= $0.0 } ?? (1, "")
        return "on normal data one reading in \(String(format: "%.3g", (readings / size).rounded()))\(name)"
    }

    /// A size in the unit that suits it.
    package static func byteCount(_ count: Int) -> String {
        count < 10_000 ? "\(count) bytes" : String(format: "%.1f KB", Double(count) / 1_000)
    }

    /// What an alert is about, in a word or two: the shape of a fault, or that nothing comes.
    package static func subject(of alert: Alert) -> String {
        switch alert.kind {
        case .anomaly: words(alert.shape.rawValue)
        case .noData, .baselineDrift: words(alert.kind.rawValue)
        }
    }
}
