/// How far from an event a detection still counts: the series' period, as evaluations of this kind choose it.
///
/// It is the lag of the highest peak of the first channel's autocorrelation (`find_length_rank` of TSB-AD, Liu and
/// Paparrizos 2024), so that numbers compare with published ones. It says nothing about the detector's own windows.
package enum EvaluationBuffer {
    /// The buffer of a channel without a peak, or with one that is too near or too far to mean anything.
    package static let standard = 125
    /// So much of a channel is looked at.
    private static let longestStretch = 20_000
    /// Lags nearer than this are not looked at: neighboring readings are alike in any series.
    private static let firstLag = 3
    private static let lastLag = 400
    /// A peak counts at these distances behind ``firstLag``.
    private static let meaningful = 3...300

    /// The buffer for a channel's values, in readings. Missing values take the place of the last that was there.
    package static func readings(ofChannel values: [Double]) -> Int {
        let series = centered(values)
        let lagCount = min(lastLag + 1, series.count)
        guard lagCount > firstLag else { return standard }
        let correlations = autocorrelations(of: series, lagCount: lagCount)
        guard correlations[0] > 0 else { return standard }
        let scaled = correlations[firstLag...].map { $0 / correlations[0] }
        var peak: Int?
        for index in scaled.indices.dropFirst().dropLast()
        where scaled[index] > scaled[index - 1] && scaled[index] > scaled[index + 1] {
            if peak.map({ scaled[index] >= scaled[$0] }) ?? true { peak = index }
        }
        guard let peak, meaningful.contains(peak) else { return standard }
        return peak + firstLag
    }

    private static func centered(_ values: [Double]) -> [Double] {
        var last = values.first { $0.isFinite } ?? 0
        var series: [Double] = []
        series.reserveCapacity(min(values.count, longestStretch))
        for value in values.prefix(longestStretch) {
            if value.isFinite { last = value }
            series.append(last)
        }
        // A constant is centered exactly; rounding in the mean must not leave a series that seems to move.
        guard let first = series.first, series.contains(where: { $0 != first }) else {
            return [Double](repeating: 0, count: series.count)
        }
        let mean = series.reduce(0, +) / Double(series.count)
        return series.map { $0 - mean }
    }

    private static func autocorrelations(of series: [Double], lagCount: Int) -> [Double] {
        let values = series.span
        return (0..<lagCount).map { lag in
            var sum = 0.0
            for index in lag..<values.count { sum += values[index] * values[index - lag] }
            return sum
        }
    }
}
