/// What stands for each channel where a reading has no value for it: its last value for a while, then its center.
///
/// The while is bounded so that a window is made from a bounded number of readings: a stream that is resumed from its newest
/// ones then has, to the last bit, the windows that it would have had without a stop.
struct HeldValues: Sendable {
    /// A value stands for at most so many slots after its own.
    static let slotLimit = 32

    /// The normalized value that stands for each channel in the slot at hand.
    private(set) var values: [Float]
    /// For each channel how many more slots its value may stand for.
    private var slotsLeft: [Int]

    /// Nothing is known of the channels, so their center stands for them.
    init(channelCount: Int) {
        values = [Float](repeating: 0, count: channelCount)
        slotsLeft = [Int](repeating: 0, count: channelCount)
    }

    /// Goes on to the next slot.
    mutating func advance() {
        for channel in values.indices {
            if slotsLeft[channel] > 0 { slotsLeft[channel] -= 1 } else { values[channel] = 0 }
        }
    }

    /// What stands in a slot of a gap: the next step on the straight line from the slot before it to the reading that ends the gap so
    /// many slots later. The channel held still would look like a fault, and a leap at the gap's end like another.
    static func between(_ before: Float, _ after: Float, slotsToLast: Int) -> Float {
        before + (after - before) / Float(slotsToLast + 1)
    }

    /// Takes the value that was read in the slot at hand.
    mutating func observe(_ value: Float, channel: Int) {
        values[channel] = value
        slotsLeft[channel] = Self.slotLimit
    }

    /// Forgets all values, as after a long gap.
    mutating func forget() {
        for channel in values.indices {
            values[channel] = 0
            slotsLeft[channel] = 0
        }
    }
}
