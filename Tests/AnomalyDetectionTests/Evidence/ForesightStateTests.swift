import AnomalyDetection
import Testing

struct ForesightStateTests {
    /// The state of one channel with horizons 1 and 3, in which the foretold value of a slot is the number of the slot that foretold it.
    private func state(through last: Int, observed: (Int) -> Bool = { _ in true }) -> ForesightState {
        var state = ForesightState(horizons: [1, 3], channelCount: 1)
        for slot in 0...last {
            let (values, presence) = ([Float(slot)], [observed(slot) ? Presence.observed : Presence.missing])
            state.observe(slot: slot, values: values.span, presence: presence.span, inverseVariances: [2, 0.5])
            let foretold = [Float(slot), Float(slot)]
            state.note(foretold.span, slot: slot)
        }
        return state
    }

    @Test func `an error is that of what was foretold a horizon ago, in units of its variance`() {
        let state = state(through: 40)
        // The newest 32 slots differ by 1 from what was foretold one slot before, and by 3 from three slots before.
        #expect(state.sum(horizon: 0, slot: 40) { _, _ in } == (64, count: 32))
        var ofChannel: Float = 0
        let (sum, count) = state.sum(horizon: 1, slot: 40) { ofChannel = $1 }
        #expect(sum == 144 && count == 32 && ofChannel == 144)
    }

    @Test func `slots of which nothing was foretold have no error, and neither have missing values`() {
        #expect(state(through: 4).sum(horizon: 0, slot: 4) { _, _ in }.count == 4)
        #expect(state(through: 4).sum(horizon: 1, slot: 4) { _, _ in }.count == 2)
        let holes = state(through: 60) { !$0.isMultiple(of: 4) }
        #expect(holes.sum(horizon: 0, slot: 60) { _, _ in } == (48, count: 24))
    }

    @Test func `slots that did not come are no part of the newest, and what is older is forgotten`() {
        var state = state(through: 40)
        #expect(state.sum(horizon: 0, slot: 55) { _, _ in }.count == 17)
        #expect(state.sum(horizon: 0, slot: 100) { _, _ in }.count == 0)
        let (values, presence) = ([Float(0)], [Presence.observed])
        state.observe(slot: 90, values: values.span, presence: presence.span, inverseVariances: [1, 1])
        #expect(state.sum(horizon: 0, slot: 90) { _, _ in }.count == 0, "nothing was foretold of it")
    }

    @Test func `a forecast that was not made is not that of an earlier slot in its place`() {
        var state = state(through: 40)
        let (values, presence, foretold) = ([Float(1_000)], [Presence.observed], [Float(0), 0])
        state.observe(slot: 41, values: values.span, presence: presence.span, inverseVariances: [1, 1])
        state.observe(slot: 42, values: values.span, presence: presence.span, inverseVariances: [1, 1])
        #expect(state.sum(horizon: 0, slot: 42) { _, _ in }.count == 31, "41 foretold nothing of 42")
        state.note(foretold.span, slot: 42)
        state.observe(slot: 43, values: values.span, presence: presence.span, inverseVariances: [1, 1])
        #expect(state.sum(horizon: 0, slot: 43) { _, _ in }.count == 31)
    }

    @Test(arguments: [[1], [1, 8], [2, 5, 12]])
    func `a stream is found again from as many slots as the longest horizon and the average need`(
        horizons: [Int]
    ) {
        #expect(ForesightState.slotsToPrime(horizons: horizons) == 32 + (horizons.last ?? 0))
    }
}
