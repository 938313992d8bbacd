import RealModule

/// A leaky memory of a stream's own evidence: what the live score holds beside the newest sum.
///
/// Events outlast the reading that shows them, so a reading behind odd ones ranks higher than its own sum says. Alerts are decided on
/// the sums themselves.
package struct HeldEvidence: Sendable, Equatable {
    /// The time constant of the moving average, in readings.
    package static let readings: Float = 64
    /// What is held counts so much beside the newest sum.
    private static let weight: Float = 0.5
    /// More than this is held as this: a sum of a million times what is usual says all there is, and the cube of a larger one may be no
    /// number, which would be held for good.
    private static let largest: Float = 1e6

    /// The moving average of the cubes of sums.
    package var meanCube: Float = 0

    /// Nothing is held.
    package init() {}

    /// Takes a reading's sum along, and gives the sum that the live score is made from: that of the reading and what is held, in the
    /// proportion that leaves a steady sum as it is.
    package mutating func follow(_ sum: Float) -> Float {
        let positive = min(max(sum, 0), Self.largest)
        meanCube += (positive * positive * positive - meanCube) / Self.readings
        return (sum + Self.weight * Float.root(meanCube, 3)) / (1 + Self.weight)
    }
}
