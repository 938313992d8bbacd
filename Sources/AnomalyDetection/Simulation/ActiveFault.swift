import LinearAlgebra
import RealModule

/// A fault during its rows.
struct ActiveFault: Sendable {
    let fault: SimulatedFault
    let channel: SimulatedChannel
    /// The place of the channel's value in the row.
    let cell: Int
    /// What a stuck channel shows: the last value before the fault; NaN until there is one.
    private var held: Double
    /// The fault's own randomness, so that the machines' readings are those that they would have been without it.
    private var random: RandomSource

    init(fault: SimulatedFault, channel: SimulatedChannel, cell: Int, held: Double, random: RandomSource) {
        self.fault = fault
        self.channel = channel
        self.cell = cell
        self.held = held
        self.random = random
    }

    /// The value that the faulty channel shows in a row instead of `value`, rounded to what the sensor resolves.
    mutating func apply(to value: Double, row: Int) -> Double {
        let size = (fault.magnitude ?? fault.shape.usualMagnitude ?? 0) * channel.spread
        switch fault.shape {
        case .spike, .levelShift:
            return rounded(value + size)
        case .drift:
            return rounded(value + size * Double(row - fault.rows.lowerBound + 1) / Double(fault.rows.count))
        case .noise:
            return rounded(value + size * random.normal())
        case .stuck:
            if held.isNaN { held = value }
            return held
        case .dropout:
            return .nan
        case .unitChange:
            let unit = channel.foreignUnit
            return rounded(fault.magnitude.map { $0 * value } ?? unit.factor * value + unit.offset)
        case .unknown, .outOfRange:
            return value
        }
    }

    private func rounded(_ value: Double) -> Double {
        let scale = Simulator.powersOfTen[channel.decimals]
        return (value * scale).rounded(.toNearestOrAwayFromZero) / scale
    }
}
