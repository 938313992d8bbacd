package import AnomalyDetection

/// Round times between two moments, to mark an axis with.
package struct TimeTicks: Sendable, Equatable {
    /// The round times, ascending.
    package let times: [Timestamp]
    private let step: Int64

    private static let second: Int64 = 1_000_000_000
    private static let day = 86_400 * second
    private static let steps: [Int64] =
        [1, 2, 5, 10, 20, 50, 100, 200, 500].map { $0 * 1_000_000 }
        + [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200].map { $0 * second }
        + [1, 2, 7, 14, 30, 60, 120, 365].map { $0 * day }

    /// At most so many round times from one moment to another.
    package init(from start: Timestamp, to end: Timestamp, limit: Int) {
        let span = max(0, end.nanoseconds(since: start))
        let limit = Int64(max(1, limit))
        let step = Self.steps.first { span / $0 < limit } ?? (span / limit / Self.day + 1) * Self.day
        self.step = step
        // Counted from 1970, whose days begin at midnight UTC.
        let (whole, rest) = start.nanoseconds.quotientAndRemainder(dividingBy: step)
        let first = rest > 0 ? whole + 1 : whole
        let last = end.nanoseconds / step
        times = first <= last ? (first...last).map { Timestamp(nanoseconds: $0 * step) } : []
    }

    /// A round time as text, no longer than it has to be: a day, or a time of day.
    package func text(_ time: Timestamp) -> String {
        let text = RFC3339.text(time)
        let (date, clock) = (text.prefix(10), text.dropFirst(11).dropLast())
        if step >= Self.day { return String(date) }
        if time.nanoseconds % Self.day == 0 { return String(date.dropFirst(5)) }
        return String(step % (60 * Self.second) == 0 ? clock.prefix(5) : clock)
    }
}
