/// What a network foretold of one stream in its newest slots, and how far that was from what came.
///
/// It follows from the stream's newest slots alone, so it is not stored: ``Foresight`` finds it again from them.
package struct ForesightState: Sendable {
    /// Slots over which errors are averaged: one reading's error is noise, and what is odd stays so for a while.
    package static let slotCount = 32

    /// The horizons, ascending.
    private let horizons: [Int]
    private let channelCount: Int
    /// For each horizon a ring of as many forecasts, each a value a channel.
    private var forecasts: [Float]
    /// For each forecast the slot that it was made in; −1 where there is none.
    private var madeIn: [Int]
    /// For each horizon a ring of ``slotCount`` squared errors in units of their variance, a value a channel; NaN where there is none.
    private var errors: [Float]
    /// The slot that each entry of the rings of errors is of.
    private var errorSlots: [Int]
    /// Whether it holds what the stream's slots so far say.
    package var isPrimed = false

    /// The state of no network.
    package init() { self.init(horizons: [], channelCount: 0) }

    /// The state before the first slot.
    package init(horizons: [Int], channelCount: Int) {
        self.horizons = horizons
        self.channelCount = channelCount
        let count = horizons.reduce(0, +)
        forecasts = [Float](repeating: 0, count: count * channelCount)
        madeIn = [Int](repeating: -1, count: count)
        errors = [Float](repeating: .nan, count: horizons.count * Self.slotCount * channelCount)
        errorSlots = [Int](repeating: -1, count: Self.slotCount)
    }

    /// So many slots before a stream's newest one say all that the state holds.
    package static func slotsToPrime(horizons: [Int]) -> Int { slotCount + (horizons.last ?? 0) }

    /// Compares a slot's values with what was foretold of them; a channel of which `isObserved` says no has no error.
    ///
    /// `values` has a value a channel, `inverseVariances` one a horizon and channel.
    package mutating func observe(
        slot: Int, values: Span<Float>, presence: Span<Int8>, inverseVariances: [Float]
    ) {
        let place = slot % Self.slotCount
        errorSlots[place] = slot
        var first = 0
        for (index, horizon) in horizons.enumerated() {
            let source = slot - horizon
            let ring = source >= 0 ? first + source % horizon : first
            let isForetold = source >= 0 && madeIn[ring] == source
            for channel in 0..<channelCount {
                let cell = (index * Self.slotCount + place) * channelCount + channel
                guard isForetold, presence[channel] == Presence.observed else {
                    errors[cell] = .nan
                    continue
                }
                let error = values[channel] - forecasts[ring * channelCount + channel]
                errors[cell] = error * error * inverseVariances[index * channelCount + channel]
            }
            first += horizon
        }
    }

    /// Notes what was foretold with a slot: a value a horizon and channel.
    package mutating func note(_ foretold: Span<Float>, slot: Int) {
        var first = 0
        for (index, horizon) in horizons.enumerated() {
            let ring = first + slot % horizon
            madeIn[ring] = slot
            for channel in 0..<channelCount {
                forecasts[ring * channelCount + channel] = foretold[index * channelCount + channel]
            }
            first += horizon
        }
    }

    /// For a horizon, by its place, the sum of the errors of the newest slots and how many they are. `byChannel` is told each
    /// channel's sum.
    package func sum(
        horizon index: Int, slot: Int, byChannel: (_ channel: Int, _ sum: Float) -> Void
    ) -> (Float, count: Int) {
        var total: Float = 0
        var count = 0
        for channel in 0..<channelCount {
            var sum: Float = 0
            // Oldest first, so that the order of a sum does not depend on when the ring began.
            for earlier in stride(from: slot - Self.slotCount + 1, through: slot, by: 1) where earlier >= 0 {
                let place = earlier % Self.slotCount
                let error = errors[(index * Self.slotCount + place) * channelCount + channel]
                guard errorSlots[place] == earlier, !error.isNaN else { continue }
                sum += error
                count += 1
            }
            byChannel(channel, sum)
            total += sum
        }
        return (total, count)
    }
}
