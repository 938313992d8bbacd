/// A moment in time: nanoseconds since the Unix epoch, UTC.
///
/// The range is the years 1677 to 2262. Arithmetic saturates instead of trapping, because the numbers come from outside.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    package var nanoseconds: Int64

    /// The moment that lies this many nanoseconds after the epoch.
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The moment that lies this many seconds after the epoch, rounded to the nanosecond and clamped to the range.
    package init(seconds: Double) {
        let nanoseconds = (seconds * 1e9).rounded()
        self.nanoseconds =
            nanoseconds >= 9.2e18 ? .max : nanoseconds <= -9.2e18 ? .min : Int64(nanoseconds)
    }

    /// Seconds since the epoch, as exactly as a `Double` can say it.
    package var seconds: Double {
        Double(nanoseconds) / 1e9
    }

    /// Nanoseconds from `earlier` to this moment; negative when `earlier` is later. Saturates.
    package func nanoseconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return overflow ? (nanoseconds > earlier.nanoseconds ? .max : .min) : difference
    }

    /// The moment this many nanoseconds later. Saturates.
    package func advanced(byNanoseconds amount: Int64) -> Timestamp {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(amount)
        return Timestamp(nanoseconds: overflow ? (amount > 0 ? .max : .min) : sum)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
