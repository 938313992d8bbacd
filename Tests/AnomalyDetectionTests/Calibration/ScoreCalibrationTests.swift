import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing

struct ScoreCalibrationTests {
    /// Shapes of sums of evidence, light and heavy in the tail.
    enum Distribution: CaseIterable {
        case uniform, normalSquared, exponential, logNormal, paretoLike

        func draw(_ random: inout RandomSource) -> Float {
            switch self {
            case .uniform: return Float(random.uniform())
            case .normalSquared:
                let value = random.normal()
                return Float(value * value)
            case .exponential: return Float(-Double.log(1 - random.uniform()))
            case .logNormal: return Float(Double.exp(0.8 * random.normal()))
            // A generalized Pareto of shape 0.25: heavier than any of the parts was seen to be.
            case .paretoLike: return Float((Double.pow(1 - random.uniform(), -0.25) - 1) / 0.25)
            }
        }

        func sample(_ count: Int, seed: UInt64) -> [Float] {
            var random = RandomSource(seed: seed)
            return (0..<count).map { _ in draw(&random) }
        }
    }

    @Test func `a score says no probability that no history can show, keeps the order of sums, and leads back to them`()
    {
        let calibration = ScoreCalibration(sums: Distribution.exponential.sample(3_000, seed: 1))
        let sums: [Float] = [1, 5, 15, 20, 100, 10_000, 1_000_000]
        let scores = sums.map { calibration.score($0) }
        #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 < $1 })
        #expect(scores.last! < 14)
        for (sum, score) in zip(sums, scores) {
            #expect(abs(Float(calibration.sum(atScore: Double(score))) / sum - 1) < 1e-4)
        }
        #expect(ScoreCeiling.told(8) == 8 && ScoreCeiling.told(17) == 9 && ScoreCeiling.told(107) == 10)
        #expect(ScoreCeiling.extrapolated(10) == 107 && ScoreCeiling.extrapolated(3) == 3)
    }

    /// Asked and observed shares agree within a tenth at 1 in 100 and a quarter at 1 in 1,000, as a mean over twenty samples of
    /// 3,000. A bounded distribution is the exception, for a shape below 0 is ruled out: there the observed share is smaller.
    @Test(arguments: Distribution.allCases)
    func `of normal readings as many exceed a score as it says`(distribution: Distribution) {
        var shares = [0.0, 0, 0]
        let samples = 20
        for seed in 1...UInt64(samples) {
            let calibration = ScoreCalibration(sums: distribution.sample(3_000, seed: seed))
            let fresh = distribution.sample(50_000, seed: seed + 1_000).map { calibration.score($0) }
            for (index, score) in [Float(1), 2, 3].enumerated() {
                shares[index] += Double(fresh.count { $0 >= score }) / 50_000 / Double(samples)
            }
        }
        #expect(abs(shares[0] / 0.1 - 1) < 0.03, "\(shares[0]) of readings are at or over a score of 1")
        if distribution == .uniform {
            #expect(shares[1] < 0.011 && shares[2] < 0.001)
        } else {
            #expect(abs(shares[1] / 0.01 - 1) < 0.1, "\(shares[1]) of readings are at or over a score of 2")
            #expect(abs(shares[2] / 0.001 - 1) < 0.25, "\(shares[2]) of readings are at or over a score of 3")
        }
    }

    @Test(arguments: Distribution.allCases)
    func `the probabilities of normal readings are uniform`(distribution: Distribution) {
        let calibration = ScoreCalibration(sums: distribution.sample(20_000, seed: 1))
        let fresh = distribution.sample(20_000, seed: 2).map { Double.exp10(-Double(calibration.score($0))) }.sorted()
        // The largest distance from uniform (Kolmogorov and Smirnov) of two samples of this size is below 0.02 for nearly all.
        let distance = fresh.enumerated().map { abs($1 - Double($0 + 1) / 20_000) }.max() ?? 1
        #expect(distance < 0.02)
    }

    @Test(arguments: Distribution.allCases, UInt64(1)...5)
    func `a larger sum never has a lower score, and in the tail it has a higher one`(
        distribution: Distribution, seed: UInt64
    ) {
        let sums = distribution.sample(500, seed: seed).sorted()
        let calibration = ScoreCalibration(sums: sums)
        #expect(calibration.tailShape >= 0 && calibration.tailScale > 0)
        let scores = sums.map { calibration.score($0) }
        #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(scores.allSatisfy { $0 >= 0 })
        var sum = calibration.knots[calibration.knots.count - 1]
        var last = calibration.score(sum)
        for _ in 0..<60 {
            sum = sum * 1.5 + 1
            let score = calibration.score(sum)
            #expect(score > last, "no score saturates, as at a sum of \(sum)")
            last = score
        }
        #expect(last.isFinite)
    }

    @Test(arguments: Distribution.allCases, UInt64(1)...5)
    func `the sum of a score has that score`(distribution: Distribution, seed: UInt64) {
        let calibration = ScoreCalibration(sums: distribution.sample(800, seed: seed))
        for score in stride(from: 1.1, through: 8, by: 0.3) {
            let sum = calibration.sum(atScore: score)
            #expect(abs(Double(calibration.score(Float(sum))) - score) < 1e-3)
        }
    }

    @Test func `the tail begins where the body ends`() {
        let calibration = ScoreCalibration(sums: Distribution.exponential.sample(2_000, seed: 3))
        let edge = calibration.knots[calibration.knots.count - 1]
        #expect(abs(calibration.score(edge) - 1) < 1e-4)
        #expect(abs(calibration.score(edge.nextUp) - 1) < 1e-4)
        // The smallest of a sample is not the smallest that there is: what lies below keeps its order, down to 0.
        let lowest = calibration.knots[0]
        #expect(calibration.score(lowest) > calibration.score(lowest / 2) && calibration.score(lowest) < 0.01)
        #expect(calibration.score(0) == 0 && calibration.score(-1e9) == 0)
    }

    @Test(arguments: [[0.0], [1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], [1, 2]])
    func `a poor sample makes no calibration that is not a number`(sums: [Double]) {
        let calibration = ScoreCalibration(sums: sums.map { Float($0) })
        #expect(calibration.tailScale > 0)
        for sum in [-1, 0, 0.5, 1, 10, 1e6] as [Float] { #expect(calibration.score(sum).isFinite) }
        #expect(calibration.score(1e6) > 3)
    }
}
