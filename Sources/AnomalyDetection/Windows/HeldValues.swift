/// What stands for each channel where a reading has no value for it, its last value for a while, then its center; and where no reading
/// came, the straight line between the readings around.
///
/// The while is bounded so that a window is made from a bounded number of readings: a stream that is resumed from its newest
/// ones then has, to the last bit, the windows that it would have had without a stop.
struct HeldValues: Sendable {
    /// A value stands for at most so many slots after its own.
    static let slotLimit = 32

    /// The normalized value that stands for each channel in the slot at hand.
    private(set) var values: [Float]
    /// The last value of each channel, while it may stand for others; then its center.
    private var last: [Float]
    /// For each channel how many more slots its value may stand for.
    private var slotsLeft: [Int]

    /// Nothing is known of the channels, so their center stands for them.
    init(channelCount: Int) {
        values = [Float](repeating: 0, count: channelCount)
        last = values
        slotsLeft = [Int](repeating: 0, count: channelCount)
    }

    /// Goes on to the next slot.
    mutating func advance() {
        for channel in values.indices {
            age(channel)
            values[channel] = last[channel]
        }
    }

    /// A channel's last value has stood for one slot more.
    private mutating func age(_ channel: Int) {
        if slotsLeft[channel] > 0 { slotsLeft[channel] -= 1 } else { last[channel] = 0 }
    }

    /// Goes on to the next slot of a gap that ends with `reading` so many slots later. A channel that the reading has goes in a straight
    /// line to it: held still it would look like a fault, and its leap at the gap's end like another.
    mutating func advance(towards reading: Span<Double>, slotsAway: Int, profiles: [ChannelProfile]) {
        for channel in values.indices {
            let before = values[channel]
            age(channel)
            let isRead = channel < reading.count && reading[channel].isFinite
            values[channel] =
                isRead
                ? before + (profiles[channel].normalized(reading[channel]) - before) / Float(slotsAway + 1)
                : last[channel]
        }
    }

    /// Takes the values that were read in the slot at hand, NaN where a channel has none.
    mutating func observe(_ reading: Span<Double>, profiles: [ChannelProfile]) {
        for channel in values.indices where channel < reading.count && reading[channel].isFinite {
            values[channel] = profiles[channel].normalized(reading[channel])
            last[channel] = values[channel]
            slotsLeft[channel] = Self.slotLimit
        }
    }

    /// Forgets all values, as after a long gap.
    mutating func forget() {
        for channel in values.indices { (values[channel], last[channel], slotsLeft[channel]) = (0, 0, 0) }
    }
}
