import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing

struct AlertThresholdTests {
    private static let second: Int64 = 1_000_000_000
    private static let minute = 60 * second

    private func sums(_ count: Int, seed: UInt64) -> [Float] {
        ScoreCalibrationTests.Distribution.exponential.sample(count, seed: seed)
    }

    private func threshold(
        _ sums: [Float], interval: Int64, budget: FalseAlarmBudget = .standard, weight: Float = 1
    ) -> (AlertThreshold, ScoreCalibration) {
        let calibration = ScoreCalibration(sums: sums)
        return (
            AlertThreshold(
                budget: budget, interval: interval, sums: sums, calibration: calibration, weight: weight), calibration
        )
    }

    @Test(arguments: UInt64(1)...5) func `400 readings cannot promise one alarm in 30 days`(seed: UInt64) {
        let sums = sums(400, seed: seed)
        let (threshold, calibration) = threshold(sums, interval: Self.second)
        #expect(threshold.isProvisional)
        let level = quantile(ofSorted: sums.map { Double($0) }.sorted(), 0.99)
        #expect(abs(threshold.firing - calibration.score(Float(level))) < 1e-4)
        #expect(threshold.clearing < threshold.firing)
    }

    @Test(arguments: UInt64(1)...5) func `many readings support the budget`(seed: UInt64) {
        let (threshold, _) = threshold(sums(20_000, seed: seed), interval: Self.minute)
        #expect(!threshold.isProvisional)
        // One alarm in 43,200 readings, of which nearly each exceedance is a cluster by itself.
        #expect(threshold.firing >= 4)
    }

    @Test func `thirty days of normal readings raise no more alarms than the budget`() {
        var alarms = 0
        let periods = 20
        for seed in 1...UInt64(periods) {
            let (threshold, calibration) = threshold(sums(20_000, seed: seed), interval: Self.minute)
            var last = -1_000
            for (index, sum) in sums(43_200, seed: seed + 500).enumerated()
            where calibration.score(sum) >= threshold.firing {
                if index - last > 32 { alarms += 1 }
                last = index
            }
        }
        #expect(alarms <= periods)
    }

    @Test func `a larger budget never raises the threshold`() {
        let sums = sums(20_000, seed: 9)
        var last = Float.infinity
        for count in [0.1, 1, 10, 100, 1_000] {
            let budget = FalseAlarmBudget(count: count, period: FalseAlarmBudget.standard.period)
            let (threshold, _) = threshold(sums, interval: Self.minute, budget: budget)
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
        let budget = FalseAlarmBudget(count: 1, period: FalseAlarmBudget.standard.period / 10)
        let single = threshold(strewn, interval: Self.minute, budget: budget).0
        let clustered = threshold(together, interval: Self.minute, budget: budget).0
        #expect(clustered.firing <= single.firing)
    }

    @Test func `a threshold does not pass what history showed`() {
        let calm = sums(20_000, seed: 2)
        let (threshold, calibration) = threshold(calm, interval: 3_600 * Self.second)
        let level = 3 * quantile(ofSorted: calm.map { Double($0) }.sorted(), 0.99)
        #expect(threshold.firing >= calibration.score(Float(level)) - 1e-4)
    }
}
