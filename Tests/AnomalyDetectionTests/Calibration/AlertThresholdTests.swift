import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing

struct AlertThresholdTests {
    private static let second: Int64 = 1_000_000_000
    private static let minute = 60 * second
    private static let hour = 60 * minute

    private func sums(_ count: Int, seed: UInt64) -> [Float] {
        ScoreCalibrationTests.Distribution.exponential.sample(count, seed: seed)
    }

    private func threshold(
        _ sums: [Float], interval: Int64, budget: FalseAlarmBudget = .standard, weight: Float = 5
    ) -> (AlertThreshold, ScoreCalibration) {
        let calibration = ScoreCalibration(sums: sums)
        return (
            AlertThreshold(
                budget: budget, interval: interval, sums: sums, calibration: calibration, weight: weight), calibration
        )
    }

    /// The sum that stands behind a provisional level.
    private func provisionalSum(_ sums: [Float], weight: Float, budget: FalseAlarmBudget = .standard) -> Double {
        let (threshold, calibration) = threshold(sums, interval: Self.second, budget: budget, weight: weight)
        #expect(threshold.isProvisional)
        return calibration.sum(atScore: Double(threshold.firing))
    }

    private func usual(_ sums: [Float]) -> Double { quantile(ofSorted: sums.map { Double($0) }.sorted(), 0.99) }

    @Test(arguments: UInt64(1)...5) func `400 readings cannot promise one alarm in 30 days`(seed: UInt64) {
        let sums = sums(400, seed: seed)
        let (threshold, calibration) = threshold(sums, interval: Self.second, weight: 8)
        #expect(threshold.isProvisional)
        let level = calibration.sum(atScore: Double(threshold.firing))
        #expect(level >= 8 * AlertThreshold.provisionalMultiples.lowerBound - 1e-3)
        #expect(threshold.clearing < threshold.firing)
        #expect(threshold.clearing > 0)
    }

    /// The sums' 99 % quantile is held between the multiples of the weight.
    @Test(arguments: [Float(0.5), 2, 5, 6.5, 20, 100])
    func `a provisional level lies within multiples of the weight`(weight: Float) {
        let sums = sums(5_000, seed: 3)
        let multiples = AlertThreshold.provisionalMultiples
        let (low, high) = (Double(weight) * multiples.lowerBound, Double(weight) * multiples.upperBound)
        let usual = usual(sums)
        #expect((4...5.2).contains(usual), "the weights must lie below, about and above it")
        let expected = min(max(usual, low), high)
        // Below the tail a sum cannot be told from its score; the threshold itself can.
        let (threshold, calibration) = threshold(sums, interval: Self.second, weight: weight)
        #expect(threshold.isProvisional)
        #expect(abs(threshold.firing - calibration.score(Float(expected))) < 1e-4)
    }

    @Test(arguments: [100, 200, 400]) func `a short history is not capped, for it makes parts look surer than they are`(
        count: Int
    ) {
        #expect(count < AlertThreshold.shortHistory)
        let sums = sums(count, seed: 7)
        let weight: Float = 1
        #expect(usual(sums) > 2 * Double(weight) * AlertThreshold.provisionalMultiples.upperBound)
        #expect(abs(provisionalSum(sums, weight: weight) / usual(sums) - AlertThreshold.shortFactor) < 1e-3)
        let long = self.sums(AlertThreshold.shortHistory, seed: 7)
        let (threshold, calibration) = threshold(long, interval: Self.second, weight: weight)
        #expect(
            threshold.firing == calibration.score(weight * Float(AlertThreshold.provisionalMultiples.upperBound)))
    }

    @Test func `the budget moves a provisional level, less than a power of ten for a power of ten`() {
        let sums = sums(3_000, seed: 8)
        let standard = provisionalSum(sums, weight: 10)
        var last = Double.infinity
        var ratios: [Double] = []
        for count in [1e-6, 0.01, 0.1, 0.5, 1, 2, 10, 30] {
            let budget = FalseAlarmBudget(count: count, period: FalseAlarmBudget.standard.period)
            let level = provisionalSum(sums, weight: 10, budget: budget)
            #expect(level <= last + 1e-3)
            last = level
            ratios.append(level / standard)
        }
        #expect(abs(ratios[4] - 1) < 1e-6)
        #expect(ratios[2] > 1.2 && ratios[2] < 10)
        #expect(ratios[6] < 0.8 && ratios[6] > 0.1)
        #expect(ratios[0] < 10 && ratios[7] > 0.1, "however small or large the budget is")
        // The same rate over another period is the same budget.
        let tenth = FalseAlarmBudget(count: 0.1, period: FalseAlarmBudget.standard.period / 10)
        #expect(abs(provisionalSum(sums, weight: 10, budget: tenth) / standard - 1) < 1e-6)
    }

    /// Exceedances of independent sums are clusters by themselves, so the probability of a reading is budget ÷ readings in the
    /// period, but for the error with which the length of clusters is known.
    @Test(arguments: [(0.8, true), (1.25, false)], UInt64(1)...5)
    func `the budget is supported when the tail need not be stretched beyond ten samples`(
        expected: (factor: Double, isProvisional: Bool), seed: UInt64
    ) {
        let count = AlertThreshold.supportingSample
        let readingsInPeriod = AlertThreshold.stretchLimit * Double(count) / expected.factor
        let budget = FalseAlarmBudget(count: 1, period: Int64(readingsInPeriod) * Self.minute)
        let (threshold, _) = threshold(sums(count, seed: seed), interval: Self.minute, budget: budget)
        #expect(threshold.isProvisional == expected.isProvisional)
        let (shorter, _) = self.threshold(sums(count - 1, seed: seed), interval: Self.minute, budget: budget)
        #expect(shorter.isProvisional, "however loose the budget is")
    }

    @Test(arguments: UInt64(1)...5) func `many readings support the budget`(seed: UInt64) {
        let (threshold, _) = threshold(sums(20_000, seed: seed), interval: Self.hour)
        #expect(!threshold.isProvisional)
        // One alarm in 720 readings, of which nearly each exceedance is a cluster by itself.
        #expect((2.7...3.1).contains(threshold.firing))
        #expect(threshold.clearing < threshold.firing)
    }

    @Test func `thirty days of normal readings raise about as many alarms as the budget`() {
        var alarms = 0
        let (samples, periods) = (20, 50)
        for seed in 1...UInt64(samples) {
            let (threshold, calibration) = threshold(sums(20_000, seed: seed), interval: Self.hour)
            var last = -1_000
            for (index, sum) in sums(periods * 720, seed: seed + 500).enumerated()
            where calibration.score(sum) >= threshold.firing {
                if index - last > 32 { alarms += 1 }
                last = index
            }
        }
        #expect(abs(Double(alarms) / Double(samples * periods) - 1) < 0.2, "\(alarms) in \(samples * periods) periods")
    }

    /// The level that history supports and the one that the budget asks for know nothing of each other, so this holds for
    /// each of them, not from one to the other.
    @Test(arguments: [1.0, 30]) func `a larger budget never raises the threshold`(smallest: Double) {
        let sums = sums(20_000, seed: 9)
        var last = Float.infinity
        for factor in [1.0, 2, 4, 8] {
            let budget = FalseAlarmBudget(count: smallest * factor, period: FalseAlarmBudget.standard.period)
            let (threshold, _) = threshold(sums, interval: smallest == 1 ? Self.second : Self.minute, budget: budget)
            #expect(threshold.isProvisional == (smallest == 1))
            #expect(threshold.firing <= last)
            last = threshold.firing
        }
    }

    @Test func `exceedances that come together are one alarm`() {
        // The same exceedances, once strewn and once in runs of ten.
        var random = RandomSource(seed: 4)
        var strewn = [Float](repeating: 1, count: 20_000)
        for index in strewn.indices { strewn[index] = Float(random.uniform()) }
        var together = strewn
        for number in 0..<500 {
            strewn[number * 40] = 5 + Float(number) / 100
            together[(number / 10) * 400 + number % 10] = 5 + Float(number) / 100
        }
        let budget = FalseAlarmBudget(count: 1, period: FalseAlarmBudget.standard.period / 30)
        let single = threshold(strewn, interval: Self.minute, budget: budget).0
        let clustered = threshold(together, interval: Self.minute, budget: budget).0
        #expect(!single.isProvisional && !clustered.isProvisional)
        #expect(clustered.firing < single.firing)
    }
}
