import LinearAlgebra

/// The window length on which a stream shows its shape: its period where it has one.
package enum CharacteristicLength {
    /// The length without a period, in slots.
    package static let withoutPeriod = 64
    /// A period is repeated until it spans at least this many slots.
    package static let shortest = 16
    /// No window is longer than this, in slots.
    package static let longest = 96
    /// At most this many of the newest slots are looked at, to bound the cost.
    private static let rowLimit = 8_192

    /// A characteristic length and what it follows from.
    package struct Finding: Sendable, Equatable {
        /// The length, in slots.
        package var length = withoutPeriod
        /// The period that the length is a multiple of, or falls short of where the period is too long; nil without one.
        package var period: Int?
        /// How many channels have a period of their own.
        package var periodicCount = 0
        /// How many channels were looked at.
        package var channelCount = 0
    }

    /// The characteristic length of channels, each a column of normalized values.
    package static func infer(from columns: [[Float]]) -> Int { find(in: columns).length }

    /// The characteristic length of channels, each a column of normalized values, with what it follows from.
    ///
    /// There is a period if at least half of the channels have one; it is their median.
    package static func find(in columns: [[Float]]) -> Finding {
        let periods = columns.compactMap { Self.period(of: Array($0.suffix(rowLimit))) }.sorted()
        var found = Finding(periodicCount: periods.count, channelCount: columns.count)
        guard !periods.isEmpty, 2 * periods.count >= columns.count else { return found }
        let median = periods[periods.count / 2]
        found.period = median
        found.length = min(longest, median * ((shortest + median - 1) / median))
        return found
    }

    /// The lag of the highest peak of the autocorrelation, from 6 to 303 slots, if it is a real one: higher than 0.2, and at
    /// least 0.3 above the lowest value before it. Nil without such a peak.
    package static func period(of values: [Float]) -> Int? {
        let count = values.count
        guard count > 24 else { return nil }
        var mean = 0.0
        for value in values { mean += Double(value) }
        mean /= Double(count)
        let centered = values.map { $0 - Float(mean) }
        let lagCount = min(401, count)
        var correlation = [Double](repeating: 0, count: lagCount)
        for lag in 0..<lagCount {
            let (earlier, later) = (centered.span.extracting(..<(count - lag)), centered.span.extracting(lag...))
            correlation[lag] = Double(sumEach(earlier, with: later) { $0 * $1 })
        }
        guard correlation[0] > 0 else { return nil }
        for lag in stride(from: lagCount - 1, through: 0, by: -1) { correlation[lag] /= correlation[0] }
        var best: Int?
        for lag in 4..<max(4, lagCount - 1)
        where correlation[lag] > correlation[lag - 1] && correlation[lag] > correlation[lag + 1] {
            if best.map({ correlation[lag] > correlation[$0] }) ?? true { best = lag }
        }
        guard let lag = best, (6...303).contains(lag), lag < count / 3, correlation[lag] > 0.2 else { return nil }
        let lowest = correlation[..<lag].min() ?? 0
        return correlation[lag] - lowest > 0.3 ? lag : nil
    }
}
