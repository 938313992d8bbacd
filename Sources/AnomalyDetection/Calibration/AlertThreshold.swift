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

    /// What so many nanoseconds are of the time in which one alarm may occur, which is how many may occur in them.
    package func share(of nanoseconds: Int64) -> Double { count * Double(nanoseconds) / Double(period) }
}

/// The anomaly scores at which an alert starts and ends, and how they came about.
package struct AlertThreshold: Sendable, Equatable {
    /// An alert becomes pending at this score.
    package var firing: Float
    /// A firing alert is over when the score stays below this.
    package var clearing: Float
    /// Whether history is too short for the budget, so that ``firing`` is the level that the history does support.
    package var isProvisional: Bool
    /// What ``firing`` came from; nil where that was not stored.
    package var origin: Origin?

    /// What a threshold is derived from anew when the calibration changes.
    package struct Origin: Sendable, Equatable {
        /// The sum of evidence that serves as a provisional level, and below which no level lies.
        package var agreedSum: Float
        /// The score that the budget asks for.
        package var budgetScore: Float

        /// An origin from its stored parts.
        package init(agreedSum: Float, budgetScore: Float) {
            self.agreedSum = agreedSum
            self.budgetScore = budgetScore
        }
    }

    /// A provisional level lies within these multiples of the sum of the parts' weights, which is the sum when every part is as
    /// odd as its own oddest 1 % of normal. Within them it is the sum that one held-out reading in a hundred exceeds.
    ///
    /// Measured on the 92 labelled series (`Tests/Detection/measure`), events found and false alerts in 10,000 readings: 0.7...0.85 0.84 and
    /// 1.46; 0.8...0.95 0.83 and 1.23; 1...1.2 0.78 and 1.11; 1.2...1.4 0.70 and 0.86. A level from held-out sums alone finds fewer with
    /// more: what a stream showed in a short history says less of its future than what parts agree on.
    package static let provisionalMultiples = 1.0...1.2
    /// A history shorter than this can make parts look surer than they are, so the upper bound does not hold for it.
    package static let shortHistory = 500
    /// The level of a shorter history is this multiple of what one reading in a hundred exceeds: it has met few of the ways in
    /// which a stream is normal, so what comes next lies beyond it more often than it says.
    package static let shortFactor = 1.1
    /// The sum at which an alert clears, as a share of the sum at which it fires.
    private static let clearingShare: Float = 0.5
    /// No alert goes on below the sum of this score. It has to stay below for as long as a hundred readings, and waits for hours
    /// when it waits for a calm that one normal reading in ten ends.
    private static let clearingScore = 2.0
    /// No level is lowered below the sum that so large a share of readings exceeds, whatever was asked for.
    private static let floorProbabilities = 0.02...0.25
    /// An alert that was asked for takes at most so many readings over the level: windows overlap, so high sums come together.
    private static let floorReadings = 64.0
    /// On the labelled series a tenfold budget of false alarms went with a level that is lower by this power of ten.
    private static let budgetExponent = 0.4
    /// The budget moves a provisional level by no more than these factors.
    private static let budgetFactors = 0.25...3.0
    /// Exceedances that are no further apart than this many readings are one alarm.
    private static let clusterGap = 32
    /// A sum that was exceeded so many times is known whatever the rest of the tail does.
    private static let seenOften = 10.0
    /// The budget is supported when the tail need not be stretched beyond its sample by more than this factor.
    package static let stretchLimit = 10.0
    /// And when the sample is at least this large. On the labelled series, whose samples are of 200 to 6,000 readings, a level from
    /// the tail for the standard budget finds 0.29 of the events: short histories hold few of the modes of normal.
    package static let supportingSample = 10_000

    /// A threshold from its stored parts.
    package init(firing: Float, clearing: Float, isProvisional: Bool, origin: Origin? = nil) {
        self.firing = firing
        self.clearing = clearing
        self.isProvisional = isProvisional
        self.origin = origin
    }

    /// What a stream's history says about thresholds, whatever the budget.
    package struct Basis: Sendable, Equatable {
        /// The mean number of exceedances that come together.
        let clusterLength: Double
        /// The sum that serves as a provisional level under the standard budget.
        let supportedSum: Double

        /// What calibration sums in the order of time say, at least one; `weight` is what all parts together count.
        package init(sums: [Float], weight: Float) {
            let usual = quantile(ofSorted: sums.map { Double($0) }.sorted(), 0.99)
            let (low, high) = (
                Double(weight) * AlertThreshold.provisionalMultiples.lowerBound,
                Double(weight) * AlertThreshold.provisionalMultiples.upperBound
            )
            clusterLength = AlertThreshold.clusterLength(of: sums)
            supportedSum = max(
                low, sums.count < AlertThreshold.shortHistory ? usual * AlertThreshold.shortFactor : min(usual, high))
        }
    }

    /// Derives the threshold from a budget.
    ///
    /// In a period there are period ÷ interval readings; exceedances come in clusters and a cluster is one alarm, so the
    /// probability that a reading may have is budget × cluster length ÷ readings. `sums` are the calibration sums in the
    /// order of time, at least one; `weight` is what all parts together count.
    package init(
        budget: FalseAlarmBudget, interval: Int64, sums: [Float], calibration: ScoreCalibration, weight: Float
    ) {
        self.init(
            budget: budget, interval: interval, basis: Basis(sums: sums, weight: weight), calibration: calibration)
    }

    /// Derives the threshold from a budget and what a history says.
    package init(budget: FalseAlarmBudget, interval: Int64, basis: Basis, calibration: ScoreCalibration) {
        let readings = max(1, Double(budget.period) / Double(max(1, interval)))
        let probability = min(0.1, budget.count * basis.clusterLength / readings)
        let count = calibration.sampleCount
        isProvisional =
            count < Self.supportingSample || Double(count) * probability * Self.stretchLimit < 1
        let (score, floor) = (
            ScoreCeiling.told(-Double.log10(probability)),
            Self.floor(calibration, alarmShare: budget.share(of: interval))
        )
        var agreedSum = Self.lowered(Float(basis.supportedSum), by: Float(Self.factor(of: budget)), floor: floor)
        // Who asks for many alerts asks for a level that even a short history has seen exceeded often.
        if Double(count) * probability >= Self.seenOften {
            agreedSum = min(agreedSum, max(floor, Float(calibration.sum(atScore: score))))
        }
        let origin = Origin(agreedSum: agreedSum, budgetScore: Float(score))
        self.origin = origin
        let firingSum = Self.firingSum(origin, isProvisional: isProvisional, calibration)
        firing = calibration.score(firingSum)
        clearing = calibration.score(Self.clearingSum(firingSum, floor: Self.clearingFloor(calibration)))
    }

    /// The sum below which an alert is over that began at `firingSum`; `floor` is that of the calibration.
    static func clearingSum(_ firingSum: Float, floor: Float) -> Float {
        min(firingSum, max(firingSum * clearingShare, floor))
    }

    /// A level times a factor; a factor below one lowers it to the floor at most.
    static func lowered(_ level: Float, by factor: Float, floor: Float) -> Float {
        factor < 1 ? max(level * factor, min(level, floor)) : level * factor
    }

    /// The sum to which a level may be lowered for the sake of alerts that were asked for. An alert takes several readings
    /// over the level; lower, they are usual. `alarmShare` is what one reading is of the time in which one is asked for.
    static func floor(_ calibration: ScoreCalibration, alarmShare: Double) -> Float {
        Float(calibration.sum(atScore: -Double.log10(floorProbability(alarmShare: alarmShare))))
    }

    /// The largest share of normal readings that may lie over a level for the sake of alerts that were asked for.
    static func floorProbability(alarmShare: Double) -> Double {
        min(max(alarmShare * floorReadings, floorProbabilities.lowerBound), floorProbabilities.upperBound)
    }

    /// The sum below which no alert goes on, whatever it began at.
    static func clearingFloor(_ calibration: ScoreCalibration) -> Float {
        Float(calibration.sum(atScore: clearingScore))
    }

    private static func firingSum(
        _ origin: Origin, isProvisional: Bool, _ calibration: ScoreCalibration
    ) -> Float {
        isProvisional
            ? origin.agreedSum
            : max(origin.agreedSum, Float(calibration.sum(atScore: Double(origin.budgetScore))))
    }

    /// The sums of evidence at which alerts start and end, by the calibration that the threshold was derived with.
    package func sums(_ calibration: ScoreCalibration) -> (firing: Float, clearing: Float) {
        guard let origin else {
            return (
                Float(calibration.sum(atScore: Double(firing))), Float(calibration.sum(atScore: Double(clearing)))
            )
        }
        let firingSum = Self.firingSum(origin, isProvisional: isProvisional, calibration)
        return (firingSum, Self.clearingSum(firingSum, floor: Self.clearingFloor(calibration)))
    }

    /// The same threshold under a calibration that has moved on from the one that it was derived with.
    ///
    /// A provisional level stays the same sum of evidence. One that the budget asks for follows its score, never below the sum
    /// that serves as a provisional level.
    package func moved(to live: ScoreCalibration, from calibration: ScoreCalibration) -> AlertThreshold {
        let firm = origin != nil && !isProvisional
        let sums = sums(firm ? live : calibration)
        var moved = self
        moved.firing = live.score(sums.firing)
        moved.clearing = live.score(
            origin == nil ? sums.clearing : Self.clearingSum(sums.firing, floor: Self.clearingFloor(live)))
        return moved
    }

    /// How much higher a provisional level is under this budget than under the standard one.
    private static func factor(of budget: FalseAlarmBudget) -> Double {
        let standard = FalseAlarmBudget.standard
        let share = (budget.count / Double(budget.period)) / (standard.count / Double(standard.period))
        let factor = Double.pow(share, -budgetExponent)
        return min(max(factor, budgetFactors.lowerBound), budgetFactors.upperBound)
    }

    /// The mean number of exceedances in a cluster of them, seen at the 98 % quantile.
    ///
    /// Clusters that have nothing to do with each other lie within the gap by chance: of C that come at random among n
    /// readings C · exp(−gap · C ÷ n) are seen apart. That is solved for C, so that independent readings have clusters of one.
    private static func clusterLength(of sums: [Float]) -> Double {
        let level = Float(quantile(ofSorted: sums.map { Double($0) }.sorted(), 0.98))
        var exceedances = 0.0
        var seen = 0.0
        var last = -clusterGap - 1
        for (index, sum) in sums.enumerated() where sum > level {
            exceedances += 1
            if index - last > clusterGap { seen += 1 }
            last = index
        }
        guard seen > 0 else { return 1 }
        var clusters = seen
        for _ in 0..<50 {
            clusters = min(exceedances, seen * Double.exp(Double(clusterGap) * clusters / Double(sums.count)))
        }
        return exceedances / clusters
    }
}
