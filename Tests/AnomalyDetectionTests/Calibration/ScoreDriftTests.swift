import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing

/// Sums that are like those of a stream by the minute: each like the ones before it, and larger by day than by night.
private struct DailySums {
    private static let minutesOfDay = 1_440.0
    /// How much of a sum is that of the minute before: windows of some thirty readings overlap.
    private static let memory = 0.97
    var random: RandomSource
    var level = 0.0
    private var state = 0.0
    private var minute = 0.0

    init(seed: UInt64) {
        random = RandomSource(seed: seed)
    }

    mutating func next() -> Float {
        minute += 1
        state = Self.memory * state + (1 - Self.memory * Self.memory).squareRoot() * random.normal()
        let day = 0.7 * Double.sin(2 * .pi * minute / Self.minutesOfDay)
        return Float(Double.exp(0.5 * (level + state + day)))
    }
}

struct ScoreDriftTests {
    private static let day = 1_440

    /// A drift that was calibrated on ten days, and its source.
    private func calibrated(seed: UInt64) -> (ScoreDrift, DailySums) {
        var source = DailySums(seed: seed)
        let sums = (0..<10 * Self.day).map { _ in source.next() }
        let cadence = Cadence(interval: 60_000_000_000, isRegular: true)
        return (ScoreDrift(ScoreCalibration(sums: sums), cadence: cadence), source)
    }

    @Test(arguments: UInt64(1)...20) func `a stream whose normal stays drifts in none of 60 days`(seed: UInt64) {
        var (drift, source) = calibrated(seed: seed)
        for _ in 0..<60 * Self.day {
            drift.count(source.next())
            guard !drift.hasDrifted else { break }
        }
        #expect(!drift.hasDrifted)
    }

    @Test(arguments: [1.5, -1.5])
    func `sums that have moved up or down are a drift after three days`(level: Double) {
        for seed in UInt64(1)...10 {
            var (drift, source) = calibrated(seed: seed)
            source.level = level
            var count = 0
            while !drift.hasDrifted, count < 30 * Self.day {
                drift.count(source.next())
                count += 1
            }
            #expect(count <= 4 * Self.day, "seed \(seed)")
            #expect(count > 2 * Self.day, "a weekend is no drift")
        }
    }

    @Test func `after a training that changed nothing it takes twice as long`() {
        var (drift, source) = calibrated(seed: 1)
        source.level = 3
        func days() -> Int {
            var count = 0
            while !drift.hasDrifted {
                drift.count(source.next())
                count += 1
            }
            return count / Self.day
        }
        #expect(days() == 3)
        drift.beginAnew()
        #expect(days() == 6)
    }

    @Test func `sums of which most are equal are as often below a quantile as in training`() {
        var random = RandomSource(seed: 4)
        func sum() -> Float { random.uniform() < 0.6 ? 0 : Float(random.uniform()) }
        let calibration = ScoreCalibration(sums: (0..<5_000).map { _ in sum() })
        var drift = ScoreDrift(calibration, cadence: Cadence(interval: 60_000_000_000, isRegular: true))
        for _ in 0..<20 * Self.day { drift.count(sum()) }
        #expect(!drift.hasDrifted)
    }
}
