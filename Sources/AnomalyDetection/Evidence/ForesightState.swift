import LinearAlgebra

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
    /// The newest slot that was observed.
    private var newestSlot = -1
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
    }

    /// So many slots before a stream's newest one say all that the state holds.
    package static func slotsToPrime(horizons: [Int]) -> Int { slotCount + (horizons.last ?? 0) }

    /// Compares a slot's values with what was foretold of them; a channel of which `isObserved` says no has no error.
    ///
    /// `values` has a value a channel, `inverseVariances` one a horizon and channel.
    package mutating func observe(
        slot: Int, values: Span<Float>, presence: Span<Int8>, inverseVariances: [Float]
    ) {
        forgetSlots(before: slot)
        let place = slot % Self.slotCount
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

    /// Slots that are passed over have no errors, and take the places of older ones.
    private mutating func forgetSlots(before slot: Int) {
        if slot < newestSlot {
            // The stream began anew.
            for cell in errors.indices { errors[cell] = .nan }
            newestSlot = slot
        }
        for passed in max(newestSlot + 1, slot + 1 - Self.slotCount)..<max(newestSlot + 1, slot) {
            for index in horizons.indices {
                let start = (index * Self.slotCount + passed % Self.slotCount) * channelCount
                for cell in start..<(start + channelCount) { errors[cell] = .nan }
            }
        }
        newestSlot = slot
    }

    /// For a horizon, by its place, the sum of the errors of the newest slots, and how many they are; `sums`, which has room for
    /// all channels, gets that of each.
    package func sum(horizon index: Int, byChannel sums: inout [Float]) -> (Float, count: Int) {
        var all = sums.mutableSpan
        var ofChannels = all._mutatingExtracting(0..<channelCount)
        let size = Self.slotCount * channelCount
        // Oldest first, so that the order of a sum does not depend on when the ring began.
        let count = ColumnSums.numbers(
            of: errors.span.extracting((index * size)..<((index + 1) * size)), from: (newestSlot + 1) % Self.slotCount,
            into: &ofChannels)
        var total: Float = 0
        for channel in 0..<channelCount { total += ofChannels[channel] }
        return (total, count)
    }
}
