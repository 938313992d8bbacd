import RealModule

/// How long it usually takes until something of a stream arrives again, by the clock of whoever receives it.
///
/// It is the 99 % quantile of the time between arrivals, followed with two numbers: it rises by a share of itself where an arrival
/// took longer and falls by a hundredth of that where it did not, which balances where one arrival in a hundred takes longer. A
/// sender that collects readings for a minute has the rhythm of a minute, whatever lies between its readings.
package struct ArrivalRhythm: Sendable, Equatable {
    private static let quantile = 0.99
    /// How far one arrival moves it, on a logarithmic scale: a single outage makes it half as long again, no more.
    private static let step = 0.4

    /// When something arrived last; nil before anything did.
    package private(set) var lastArrival: Timestamp?
    /// The usual time between arrivals in nanoseconds; 0 while there were fewer than two.
    package private(set) var usualGap: Double

    /// The rhythm of a stream that has not been seen, or one that goes on.
    package init(lastArrival: Timestamp? = nil, usualGap: Double = 0) {
        self.lastArrival = lastArrival
        self.usualGap = usualGap
    }

    /// Notes that something arrived. `counts` is false where the time before says nothing of the rhythm.
    package mutating func arrive(at time: Timestamp, counts: Bool = true) {
        defer { lastArrival = time }
        guard counts, let lastArrival else { return }
        let gap = Double(max(0, time.nanoseconds(since: lastArrival)))
        guard usualGap > 0 else {
            usualGap = gap
            return
        }
        usualGap *= Double.exp(Self.step * (gap > usualGap ? Self.quantile : Self.quantile - 1))
    }

    /// Begins to wait at a time, as if something had arrived then: what nobody listened to was not silent.
    package mutating func listen(from time: Timestamp) {
        lastArrival = time
    }
}
