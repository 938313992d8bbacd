import RealModule

/// The false alarms that a user puts up with: so many a stream in so long.
package struct FalseAlarmBudget: Sendable, Equatable {
    /// The number of alarms; positive.
    package var count: Double
    /// The time in which that many may occur, in nanoseconds; positive.
    package var period: Int64

    /// One alarm in thirty days.
    package static let standard = FalseAlarmBudget(count: 1, period: 30 * 86_400 * 1_000_000_000)

    /// A budget.
    package init(count: Double, period: Int64) {
        self.count = count
        self.period = period
    }
}

/// The anomaly scores at which an alert starts and ends, and how they came about.
package struct AlertThreshold: Sendable, Equatable {
    /// An alert becomes pending at this score.
    package var firing: Float
    /// A firing alert is over when the score stays below this.
    package var clearing: Float
    /// Whether history is too short for the budget, so that ``firing`` is the level that the history does support.
    package var isProvisional: Bool

    /// The provisional level, in multiples of the sum that one normal reading in a hundred exceeds.
    package static let provisionalMultiple = 3.0
    /// The sum at which an alert clears, as a share of the sum at which it fires.
    private static let clearingShare = 0.6
    /// Exceedances that are no further apart than this many readings are one alarm.
    private static let clusterGap = 32
    /// The budget is supported when the tail need not be stretched beyond its sample by more than this factor.
    private static let stretchLimit = 10.0

    /// A threshold from its stored parts.
    package init(firing: Float, clearing: Float, isProvisional: Bool) {
        self.firing = firing
        self.clearing = clearing
        self.isProvisional = isProvisional
    }

    /// Derives the threshold from a budget.
    ///
    /// In a period there are period ÷ interval readings; exceedances come in clusters and a cluster is one alarm, so the
    /// probability that a reading may have is budget × cluster length ÷ readings. `sums` are the calibration sums in the
    /// order of time, at least one.
    package init(budget: FalseAlarmBudget, interval: Int64, sums: [Float], calibration: ScoreCalibration) {
        let readings = max(1, Double(budget.period) / Double(max(1, interval)))
        let probability = min(0.1, budget.count * Self.clusterLength(of: sums) / readings)
        let sorted = sums.map { Double($0) }.sorted()
        let supported = Self.provisionalMultiple * quantile(ofSorted: sorted, 0.99)
        isProvisional = Double(calibration.sampleCount) * probability * Self.stretchLimit < 1
        let budgeted = calibration.sum(atScore: -Double.log10(probability))
        // Even a supported budget may rest on a calm stretch, so the level never falls below what history showed.
        let firingSum = isProvisional ? supported : max(budgeted, supported)
        firing = calibration.score(Float(firingSum))
        clearing = calibration.score(Float(firingSum * Self.clearingShare))
    }

    /// The mean number of exceedances in a cluster of them, seen at the 98 % quantile.
    private static func clusterLength(of sums: [Float]) -> Double {
        let level = Float(quantile(ofSorted: sums.map { Double($0) }.sorted(), 0.98))
        var exceedances = 0
        var clusters = 0
        var last = -clusterGap - 1
        for (index, sum) in sums.enumerated() where sum > level {
            exceedances += 1
            if index - last > clusterGap { clusters += 1 }
            last = index
        }
        return clusters == 0 ? 1 : Double(exceedances) / Double(clusters)
    }
}
