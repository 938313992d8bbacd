import RealModule
import VAE

/// A calibration that goes on learning from the normal sums of one stream under one model.
///
/// It begins as the model's ``ScoreCalibration`` and takes over what live sums say block by block: the body as counts between
/// its knots, the tail as a step of online maximum likelihood. What is old is forgotten with a time constant of ``memory``
/// readings, which is also what the training's sample counts as, however small it was: overlapping windows make sums alike, so
/// that an hour of readings tells less than its count, and a fault too weak for an alert must not pass for normal soon.
///
/// Readings at or over the sum at which alerts fire are no sample of normal and are left out, together with all that an alert
/// covers. What is counted is therefore normal cut off at that level, and is read as such: the mass beyond it is filled in from
/// the tail as it stands (expectation maximization), and the tail's likelihood is that of a distribution cut off there.
///
/// It takes constant time a reading and allocates nothing after ``init(_:)``.
package struct LiveCalibration: Sendable, Equatable {
    /// Readings that make a block. Their count between two knots fits a byte.
    package static let blockLength = 250
    /// What was seen before a block counts as so many readings: half a day of them by the second, so that after a day a
    /// seventh is left of what the training said. A shorter memory follows the time of day, and takes a fault too weak for an
    /// alert for normal while it lasts. A longer one keeps the errors of a small sample for days. On the labelled series the
    /// detection quality is .6450 with 30,000, .6457 with this, .6467 with 100,000, and .003 less where a training counts as
    /// no more than it has readings.
    package static let memory = 43_200.0

    /// From sums to scores, as it stands; changes with the last reading of a block.
    package private(set) var current: ScoreCalibration
    /// The tail, whose shape may be below 0 here. Bounding it only where it is used keeps its mean right.
    private(set) var tail: TailEstimate

    /// How many sums of the block lie between each two neighboring knots.
    private(set) var counts: [UInt8]
    /// How many sums of the block lie over the last knot.
    private(set) var tailCount = 0
    /// The slope of the log-likelihood of these.
    private(set) var slope = TailEstimate.Slope()
    /// The smallest sum of the block.
    private(set) var lowest = Float.infinity
    /// How many sums the block has.
    private(set) var blockCount = 0
    /// A level below this one leaves less than half of the tail to be seen: too little to learn from.
    private var leastLevel: Float
    /// Whether a block was ever completed.
    private(set) var hasChanged = false
    /// Whether nothing was counted yet.
    var isUntouched: Bool { blockCount == 0 && !hasChanged }

    /// Begins with a model's calibration.
    package init(_ calibration: ScoreCalibration) {
        current = calibration.withOwnKnots
        tail = TailEstimate(
            scale: Double(calibration.tailScale), shape: Double(calibration.tailShape),
            exceedances: Self.memory * ScoreCalibration.tailShare)
        counts = [UInt8](repeating: 0, count: ScoreCalibration.knotCount - 1)
        leastLevel = current.medianOfTail
    }

    /// The anomaly score of a sum.
    package func score(_ sum: Float) -> Float { current.score(sum) }

    /// Counts the sum of a normal reading; sums from `level` on, at which alerts fire, are left out.
    ///
    /// Says whether the block was completed and the calibration changed. The level must be the same throughout a block.
    package mutating func count(_ sum: Float, below level: Float) -> Bool {
        let edge = current.knots[ScoreCalibration.knotCount - 1]
        guard sum < level, level >= leastLevel else { return false }
        if sum > edge {
            tailCount += 1
            slope.add(tail.slope(at: Double(sum - edge)))
        } else {
            counts[bin(of: sum)] += 1
            lowest = min(lowest, sum)
        }
        blockCount += 1
        guard blockCount == Self.blockLength else { return false }
        completeBlock(level: Double(level))
        return true
    }

    /// The interval between knots that a sum of the body belongs to: the one that ends with it where it is a knot, and where
    /// several knots are equal, for many readings have just that sum, the first that begins and ends with it.
    private func bin(of sum: Float) -> Int {
        let knots = current.knots
        var low = 0
        var high = knots.count - 1
        while low < high {
            let middle = (low + high) / 2
            if knots[middle] < sum { low = middle + 1 } else { high = middle }
        }
        let isRepeated = low + 1 < knots.count && knots[low] == sum && knots[low + 1] == sum
        return isRepeated ? low : max(0, low - 1)
    }

    private mutating func completeBlock(level: Double) {
        let edge = Double(current.knots[ScoreCalibration.knotCount - 1])
        let beyond = ScoreCalibration.tailShare * Double.exp(tail.used.logSurvival(of: level - edge))
        let filledIn = Double(Self.blockLength) * beyond / (1 - beyond)
        tail.learn(slope, of: tailCount, below: level - edge)

        let last = Double(ScoreCalibration.knotCount - 1)
        let total = Self.memory + Double(Self.blockLength) + filledIn
        let tailMass = (Self.memory * ScoreCalibration.tailShare + Double(tailCount) + filledIn) / total
        let binMass = Self.memory * (1 - ScoreCalibration.tailShare) / last
        moveKnots(total: total, binMass: binMass, tailMass: tailMass)
        let newEdge = Double(current.knots[ScoreCalibration.knotCount - 1])
        // Over another threshold the tail of a generalized Pareto distribution is one of the same shape.
        tail.move(by: newEdge - edge)
        (current.tailScale, current.tailShape) = (Float(tail.used.scale), Float(tail.used.shape))

        leastLevel = current.medianOfTail
        tail.forget(keeping: Self.memory / total)
        for index in counts.indices { counts[index] = 0 }
        (tailCount, slope, lowest, blockCount, hasChanged) = (0, TailEstimate.Slope(), .infinity, 0, true)
    }

    /// Puts the knots at the quantiles of what was and what the block adds.
    private mutating func moveKnots(total: Double, binMass: Double, tailMass: Double) {
        let last = ScoreCalibration.knotCount - 1
        let used = tail.used
        let first = min(current.knots[0], lowest)
        var old = ScoreCalibration.Knots(repeating: 0)
        for index in 0...last { old[index] = current.knots[index] }
        old[0] = first
        var bin = 0
        var below = 0.0
        var mass = (binMass + Double(counts[0])) / total
        current.knots[0] = first
        for index in 1...last {
            let share = (1 - ScoreCalibration.tailShare) * Double(index) / Double(last)
            while below + mass < share, bin < last {
                below += mass
                bin += 1
                if bin < last { mass = (binMass + Double(counts[bin])) / total }
            }
            let knot: Double
            if bin == last {
                knot = Double(old[last]) + used.excess(atLogSurvival: Double.log((1 - share) / tailMass))
            } else {
                knot = Double(old[bin]) + Double(old[bin + 1] - old[bin]) * (share - below) / mass
            }
            current.knots[index] = max(Float(knot), current.knots[index - 1])
        }
    }

    /// Writes all that it takes to go on.
    func encode(into writer: inout ByteWriter) {
        writer.write(hasChanged)
        writer.write(current.sampleCount)
        writer.write(current.knots)
        tail.encode(into: &writer)
        writer.write(counts)
        writer.write(tailCount)
        writer.write(slope.scale)
        writer.write(slope.shape)
        writer.write(lowest)
    }

    /// Goes on from what ``encode(into:)`` wrote.
    init(decodingFrom reader: inout ByteReader) throws(BlobFailure) {
        hasChanged = try reader.readBool("change of the calibration")
        let (sampleCount, knots) = (try reader.readInt("count of samples"), try reader.readFloats("knots"))
        tail = try TailEstimate(decodingFrom: &reader)
        counts = try reader.readBytes("counts of the block")
        tailCount = try reader.readInt("count of the block's tail", in: 0...Self.blockLength)
        slope = TailEstimate.Slope(scale: try reader.readDouble("slope"), shape: try reader.readDouble("slope"))
        lowest = try reader.readFloat("smallest sum of the block")
        blockCount = counts.reduce(tailCount) { $0 + Int($1) }
        let areKnotsRight = knots.count == ScoreCalibration.knotCount && knots.allSatisfy(\.isFinite)
        guard areKnotsRight, counts.count == knots.count - 1, blockCount < Self.blockLength else {
            throw reader.failure(
                "live calibration",
                expected: "\(ScoreCalibration.knotCount) knots and a block of less than \(Self.blockLength) sums")
        }
        current = ScoreCalibration(
            sampleCount: sampleCount, knots: knots, tailScale: Float(tail.used.scale),
            tailShape: Float(tail.used.shape))
        leastLevel = current.medianOfTail
    }
}
