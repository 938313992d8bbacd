import RealModule

/// Turns the detector's sum of evidence into the probability of a sum at least this large on normal data.
///
/// The body is empirical: quantiles of the calibration sums, interpolated. The tail above the 90 % quantile is a
/// generalized Pareto distribution (peaks over threshold; Pickands 1975) fitted by probability-weighted moments (Hosking
/// and Wallis 1987). Its shape is kept at or above 0, so no score saturates and the order of sums is kept.
package struct ScoreCalibration: Sendable, Equatable {
    /// The share of calibration sums that the tail describes.
    package static let tailShare = 0.1
    /// A heavier tail than this has no finite mean, and is more likely a flaw of the sample.
    static let shapeLimit = 0.5
    /// Memory for as many knots as a calibration has.
    typealias Knots = InlineArray<46, Float>
    static let knotCount = Knots.count
    private static let naturalLogarithmOfTen = 2.302585092994046

    /// The number of sums behind the calibration.
    package let sampleCount: Int
    /// Quantiles of the body from 0 to 0.9 in even steps, ascending.
    package internal(set) var knots: [Float]
    /// The scale of the tail; positive.
    package internal(set) var tailScale: Float
    /// The shape of the tail; not negative.
    package internal(set) var tailShape: Float

    /// A calibration from its stored parts.
    package init(sampleCount: Int, knots: [Float], tailScale: Float, tailShape: Float) {
        self.sampleCount = sampleCount
        self.knots = knots
        self.tailScale = tailScale
        self.tailShape = tailShape
    }

    /// Calibrates on sums of readings that the weights did not see; there must be at least one.
    package init(sums: [Float]) {
        let sorted = sums.map { Double($0) }.sorted()
        sampleCount = sorted.count
        let last = Self.knotCount - 1
        knots = (0...last).map { Float(quantile(ofSorted: sorted, (1 - Self.tailShare) * Double($0) / Double(last))) }
        let threshold = Double(knots[last])
        let excesses = sorted.filter { $0 > threshold }.map { $0 - threshold }
        let (scale, shape) = Self.fitTail(toSorted: excesses, fallback: max(abs(threshold), 1) * 0.1)
        tailScale = Float(scale)
        tailShape = Float(shape)
    }

    /// The same calibration with knots that it shares with no other, as many as a sample gives: some models have fewer.
    var withOwnKnots: ScoreCalibration {
        let last = Self.knotCount - 1
        let own = (0...last).map { index in
            guard knots.count != Self.knotCount else { return knots[index] }
            let position = Double(index) / Double(last) * Double(knots.count - 1)
            let low = min(Int(position), knots.count - 2)
            return knots[low] + Float(position - Double(low)) * (knots[low + 1] - knots[low])
        }
        return ScoreCalibration(sampleCount: sampleCount, knots: own, tailScale: tailScale, tailShape: tailShape)
    }

    /// The distribution of excesses over the last knot.
    private var tail: ParetoTail { ParetoTail(scale: Double(tailScale), shape: Double(tailShape)) }

    /// The sum that half of the tail exceeds.
    var medianOfTail: Float { Float(sum(atScore: -Double.log10(Self.tailShare / 2))) }

    /// Probability-weighted moments of excesses in ascending order: b₀ is their mean, b₁ the mean weighted by the share
    /// that lies above.
    private static func fitTail(toSorted excesses: [Double], fallback: Double) -> (scale: Double, shape: Double) {
        guard let largest = excesses.last, largest > 0 else { return (fallback, 0) }
        let count = Double(excesses.count)
        let mean = excesses.reduce(0, +) / count
        guard excesses.count >= 10 else { return (mean, 0) }
        var weighted = 0.0
        for (index, excess) in excesses.enumerated() {
            weighted += excess * (count - Double(index) - 1) / (count - 1)
        }
        weighted /= count
        let divisor = mean - 2 * weighted
        guard divisor > 0 else { return (mean, 0) }
        let shape = 2 - mean / divisor
        // With shape held at its bound, the scale follows from the mean: E = σ / (1 − ξ).
        guard shape > 0 else { return (mean, 0) }
        guard shape < shapeLimit else { return (mean * (1 - shapeLimit), shapeLimit) }
        return (2 * mean * weighted / divisor, shape)
    }

    /// The anomaly score of a sum: −log10 of the probability of a sum at least this large on normal data, as far as ``ScoreCeiling``
    /// lets a score be one.
    package func score(_ sum: Float) -> Float { Float(ScoreCeiling.told(extrapolatedScore(sum))) }

    /// −log10 of the probability of a sum at least this large on normal data, by a tail that is followed as far as it takes.
    func extrapolatedScore(_ sum: Float) -> Double {
        let last = knots.count - 1
        guard sum > knots[last] else { return Double(scoreInBody(sum)) }
        return 1 - tail.logSurvival(of: Double(sum - knots[last])) / Self.naturalLogarithmOfTen
    }

    /// The score of a sum that is not over the last knot.
    private func scoreInBody(_ sum: Float) -> Float {
        let last = knots.count - 1
        guard sum >= knots[0] else { return lowestScore(sum) }
        var low = 0
        var high = last
        while high - low > 1 {
            let middle = (low + high) / 2
            if knots[middle] <= sum { low = middle } else { high = middle }
        }
        let width = knots[high] - knots[low]
        let fraction = width > 0 ? min(max((sum - knots[low]) / width, 0), 1) : 0
        return bodyScore(low == 0 ? Self.lowestPosition + (1 - Self.lowestPosition) * fraction : Float(low) + fraction)
    }

    /// The first knot is the smallest of a sample, and the next sums may be smaller still: it lies half a step over nothing.
    private static let lowestPosition: Float = 0.5

    /// The score of a sum below all knots: these keep their order too, down to 0.
    private func lowestScore(_ sum: Float) -> Float {
        knots[0] > 0 ? bodyScore(Self.lowestPosition * max(0, sum / knots[0])) : 0
    }

    /// The score at a place among the knots, counted in steps from the first.
    private func bodyScore(_ position: Float) -> Float {
        0 - Float.log10(1 - Float(1 - Self.tailShare) * position / Float(knots.count - 1))
    }

    /// The sum that has this anomaly score: the other way round than ``score(_:)``.
    package func sum(atScore score: Double) -> Double {
        guard score >= 1 else {
            let position = max(0, 1 - Double.exp10(-score)) / (1 - Self.tailShare) * Double(knots.count - 1)
            let lowest = Double(Self.lowestPosition)
            guard position >= lowest else { return max(0, Double(knots[0])) * position / lowest }
            let low = min(Int(position), knots.count - 2)
            let fraction = low == 0 ? (position - lowest) / (1 - lowest) : position - Double(low)
            return Double(knots[low]) + fraction * Double(knots[low + 1] - knots[low])
        }
        return Double(knots[knots.count - 1])
            + tail.excess(atLogSurvival: (1 - ScoreCeiling.extrapolated(score)) * Self.naturalLogarithmOfTen)
    }
}
