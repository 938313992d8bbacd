import RealModule

/// Names the form of a fault from the raw readings of one channel around an alert's onset.
enum FaultShapeClassifier {
    /// Readings before the onset that stand for normal.
    private static let referenceLength = 64
    /// The newest readings that stand for the fault.
    private static let faultLength = 48
    /// A unit change moves a channel by more spreads than this.
    private static let unitDistance = 4.0

    /// The form of the fault, ``FaultShape/unknown`` where too little is to be seen; and what became of the unit where it changed.
    static func classify(
        _ recent: RecentReadings, numbers: Range<Int>, since: Timestamp, channel: Int, profile: ChannelProfile
    ) -> (FaultShape, UnitChange?) {
        guard !numbers.isEmpty else { return (.unknown, nil) }
        let newest = numbers.count - 1
        let onset = numbers.firstIndex { recent.time(of: $0) >= since }.map { $0 - numbers.lowerBound } ?? newest
        let series = numbers.map { number in
            let values = recent.values(of: number)
            return channel < values.count ? values[values.startIndex + channel] : .nan
        }
        // The score needs a few readings to rise, so the fault began a little before the onset.
        let start = max(0, min(onset - 3, newest - 7))
        let fault = Array(series[max(start, newest + 1 - faultLength)...])
        let reference = series[max(0, start - referenceLength)..<start].filter { $0.isFinite }
        let present = fault.filter { $0.isFinite }
        if 2 * present.count < fault.count { return (.dropout, nil) }
        guard present.count >= 4, reference.count >= 8 else { return (.unknown, nil) }
        if let change = unitChange(present, reference: reference, spread: profile.spread) {
            return (.unitChange, change)
        }
        return (classify(present, reference: reference, spread: profile.spread), nil)
    }

    /// What became of the unit of a channel that moves on and has gone to quite another level; nil where nothing did.
    private static func unitChange(_ fault: [Double], reference: [Double], spread: Double) -> UnitChange? {
        let newest = newestHalf(of: fault)
        guard !isStuck(newest, reference: reference, spread: spread) else { return nil }
        let (before, level) = (median(reference), median(newest))
        guard abs(level - before) > unitDistance * spread else { return nil }
        let usual = movement(reference)
        return UnitChange(from: before, to: level, movement: usual > 0 ? movement(newest) / usual : .infinity)
    }

    private static func newestHalf(of fault: [Double]) -> [Double] { Array(fault.suffix(max(4, fault.count / 2))) }

    private static func isStuck(_ newest: [Double], reference: [Double], spread: Double) -> Bool {
        movement(newest) <= 1e-9 * max(spread, 1e-300) && movement(reference) > 1e-6 * spread
    }

    private static func classify(_ fault: [Double], reference: [Double], spread: Double) -> FaultShape {
        let newest = newestHalf(of: fault)
        if isStuck(newest, reference: reference, spread: spread) { return .stuck }
        let before = median(reference)
        let level = median(newest)
        let usual = max(deviation(reference), 1e-3 * spread)
        let distances = fault.map { abs($0 - before) / spread }
        let far = distances.count { $0 > 3 }
        if far > 0, far <= 3, abs(level - before) < 2 * spread { return .spike }
        if abs(level - before) > 2 * max(usual, 0.5 * spread) {
            let third = max(1, fault.count / 3)
            let early = median(Array(fault.prefix(third)))
            let late = median(Array(fault.suffix(third)))
            return abs(late - before) > 1.8 * abs(early - before) + 0.5 * usual ? .drift : .levelShift
        }
        if movement(newest) > 2 * movement(reference) { return .noise }
        return .unknown
    }

    /// The mean absolute change from reading to reading.
    private static func movement(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        return zip(values, values.dropFirst()).reduce(0) { $0 + abs($1.1 - $1.0) } / Double(values.count - 1)
    }

    private static func median(_ values: [Double]) -> Double {
        quantile(ofSorted: values.sorted(), 0.5)
    }

    private static func deviation(_ values: [Double]) -> Double {
        let center = median(values)
        return 1.4826 * median(values.map { abs($0 - center) })
    }
}
