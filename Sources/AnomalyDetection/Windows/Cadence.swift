/// The rhythm of a stream: how far apart its readings lie.
package struct Cadence: Sendable, Equatable {
    /// The median distance of two readings, in nanoseconds, at least 1.
    package var interval: Int64
    /// Whether readings keep to the interval well enough to lay a grid over them. Without a grid each reading takes
    /// the slot after the one before, however long it was in coming.
    package var isRegular: Bool

    /// A distance of so many intervals is an outage and says nothing of the rhythm.
    private static let outageSlots = 16.0
    /// The share of slots that the readings of a regular stream fill at least.
    private static let fewestFilled = 0.75

    /// A rhythm that is known.
    package init(interval: Int64, isRegular: Bool) {
        self.interval = max(1, interval)
        self.isRegular = isRegular
    }

    /// The rhythm of readings at these times, which ascend.
    ///
    /// The interval is the median distance. The rhythm is regular when nine distances in ten lie within a fifth of an
    /// interval of a whole number of intervals, and the readings fill three quarters of the slots that they span, outages
    /// aside. So lost readings do not make a stream irregular; one that reports when it has something to say is, for most of
    /// a window on its grid would be gaps.
    package init(inferredFrom times: [Timestamp]) {
        var distances: [Int64] = []
        distances.reserveCapacity(times.count)
        for (earlier, later) in zip(times, times.dropFirst()) { distances.append(later.nanoseconds(since: earlier)) }
        guard !distances.isEmpty else {
            self.init(interval: 1_000_000_000, isRegular: false)
            return
        }
        distances.sort()
        let median = max(1, distances[distances.count / 2])
        let onGrid = distances.count { distance in
            let ratio = Double(distance) / Double(median)
            return ratio.rounded() >= 1 && abs(ratio - ratio.rounded()) <= 0.2
        }
        let count = Double(distances.count)
        let spans = distances.map { Double($0) / Double(median) }.filter { $0 < Self.outageSlots }
        let isFilled = Double(spans.count) >= Self.fewestFilled * spans.reduce(0) { $0 + max(1, $1.rounded()) }
        self.init(interval: median, isRegular: Double(onGrid) >= 0.9 * count && isFilled)
    }

    /// How many slots of the grid a reading at `later` lies behind the one at `earlier`; at least 1.
    package func slots(from earlier: Timestamp, to later: Timestamp) -> Int {
        guard isRegular else { return 1 }
        let ratio = Double(later.nanoseconds(since: earlier)) / Double(interval)
        return max(1, Int(min(ratio.rounded(), 1e9)))
    }

    /// The time that so many readings take, in nanoseconds.
    package func duration(ofReadings count: Double) -> Int64 {
        Int64(min(count * Double(interval), 9e18))
    }
}
