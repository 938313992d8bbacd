import RealModule
import VAE

/// Tells when the scores of normal readings have stopped being what the model's training said they would be.
///
/// If normal is what it was, sums of evidence lie between the quantiles of the training as often as they did there: the
/// probabilities that scores stand for are uniform. They are counted in blocks of a day, for a stream may be odder at night than
/// at noon, and of enough readings. A block is off when its distribution lies farther from the training's than a tolerance and
/// what chance does; how much that is follows from how often sums cross their middle, for windows overlap and neighboring sums
/// are alike. Some blocks in a row that are off to the same side are a drift: one day, or a weekend, is not.
///
/// It measures against the training and not against ``LiveCalibration``, which follows what drifts. It takes constant time a
/// reading and allocates nothing.
package struct ScoreDrift: Sendable, Equatable {
    /// A block is at least a day and so many readings long.
    private static let blockTime = 86_400e9
    private static let fewestReadings = 256
    /// So far may a distribution lie from the training's, as a difference of shares, without anything to be gained.
    private static let tolerance = 0.2
    /// So many deviations of a share of readings are chance.
    private static let chance = 2.0
    /// So many blocks in a row are a drift, twice as many with each training that changed nothing, up to ``mostBlocks``.
    static let fewestBlocks = 3
    static let mostBlocks = 48
    /// The owner looks after so many readings of a stream.
    static let checkedEvery = 256

    /// What was counted, and what the blocks before came to.
    package struct Counts: Sendable, Equatable {
        /// The readings of the block.
        var readings: UInt32 = 0
        /// How many of them lie at or below each edge.
        var below = SIMD8<UInt32>(repeating: 0)
        /// How often the sums of the block crossed each edge.
        var crossings = SIMD8<UInt32>(repeating: 0)
        /// The newest sum; NaN before the first.
        var last = Float.nan
        /// The blocks in a row that were off: positive where sums were larger than in training, negative where smaller.
        var run = 0
        /// So many are a drift.
        var needed = fewestBlocks

        /// Nothing was counted.
        package init() {}
    }

    /// Eight quantiles of the training's sums, and the share of them that lies at or below each.
    private let edges: SIMD8<Float>
    private let shares: SIMD8<Double>
    private let blockLength: UInt32
    /// Where the counting stands.
    private(set) var counts: Counts

    /// Begins with a model's calibration and the rhythm of the readings, or goes on.
    package init(_ calibration: ScoreCalibration, cadence: Cadence, counts: Counts = Counts()) {
        var edges = SIMD8<Float>()
        var shares = SIMD8<Double>()
        for index in edges.indices {
            let share = Double(index + 1) / Double(edges.scalarCount + 1)
            edges[index] = Float(calibration.sum(atScore: -Double.log10(1 - share)))
            // Where many sums are equal, an edge has more of them below it than was asked for.
            shares[index] = 1 - Double.exp10(-Double(calibration.score(edges[index])))
        }
        self.edges = edges
        self.shares = shares
        let day = Self.blockTime / Double(max(1, cadence.interval))
        blockLength = UInt32(min(max(day, Double(Self.fewestReadings)), 1e9))
        self.counts = counts
    }

    /// Whether scores have drifted.
    package var hasDrifted: Bool { abs(counts.run) >= counts.needed }

    /// Counts the sum of a normal reading.
    package mutating func count(_ sum: Float) {
        let isBelow = edges .>= sum
        counts.below.replace(with: counts.below &+ 1, where: isBelow)
        if !counts.last.isNaN {
            counts.crossings.replace(with: counts.crossings &+ 1, where: isBelow .^ (edges .>= counts.last))
        }
        counts.last = sum
        counts.readings &+= 1
        if counts.readings >= blockLength { endBlock() }
    }

    /// Begins anew, more patient than before: a training was asked for.
    package mutating func beginAnew() {
        let needed = min(2 * counts.needed, Self.mostBlocks)
        counts = Counts()
        counts.needed = needed
    }

    private mutating func endBlock() {
        let readings = Double(counts.readings)
        let found = SIMD8<Double>(counts.below) / readings
        var (distance, middle) = (0.0, 0)
        for index in found.indices {
            let difference = shares[index] - found[index]
            if abs(difference) > abs(distance) { distance = difference }
            if abs(found[index] - 0.5) < abs(found[middle] - 0.5) { middle = index }
        }
        let limit =
            Self.tolerance + Self.chance / 2 / independentReadings(at: middle, share: found[middle]).squareRoot()
        if abs(distance) > limit {
            let side = distance > 0 ? 1 : -1
            let run = counts.run * side > 0 ? counts.run + side : side
            counts.run = min(max(run, -Self.mostBlocks), Self.mostBlocks)
        } else {
            counts.run = 0
        }
        (counts.readings, counts.below, counts.crossings) = (0, SIMD8(repeating: 0), SIMD8(repeating: 0))
    }

    /// How many independent readings would tell as much as the block: a chain of two states that crosses less often than
    /// independent ones do remembers where it was.
    private func independentReadings(at edge: Int, share: Double) -> Double {
        let readings = Double(counts.readings)
        let expected = 2 * share * (1 - share) * readings
        guard expected > 0 else { return 1 }
        let correlation = min(max(1 - Double(counts.crossings[edge]) / expected, 0), 1)
        return max(1, readings * (1 - correlation) / (1 + correlation))
    }
}

extension ScoreDrift.Counts {
    /// Writes all that it takes to go on.
    func encode(into writer: inout ByteWriter) {
        writer.write(readings)
        for index in below.indices {
            writer.write(below[index])
            writer.write(crossings[index])
        }
        writer.write(last)
        writer.write(run)
        writer.write(needed)
    }

    /// Goes on from what ``encode(into:)`` wrote.
    init(decodingFrom reader: inout ByteReader) throws(BlobFailure) {
        readings = try reader.readUInt32("readings of the block")
        for index in below.indices {
            below[index] = try reader.readUInt32("readings below an edge")
            crossings[index] = try reader.readUInt32("crossings of an edge")
        }
        last = try reader.readFloat("newest sum")
        run = try reader.readInt("blocks in a row", in: -ScoreDrift.mostBlocks...ScoreDrift.mostBlocks)
        needed = try reader.readInt("blocks of a drift", in: ScoreDrift.fewestBlocks...ScoreDrift.mostBlocks)
    }
}
