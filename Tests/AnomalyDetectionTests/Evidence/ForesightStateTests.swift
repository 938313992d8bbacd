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

    /// The sum of a horizon's errors and how many they are.
    private func sum(_ state: ForesightState, horizon: Int = 0) -> (Float, count: Int) {
        var ofChannels: [Float] = [.nan]
        let found = state.sum(horizon: horizon, byChannel: &ofChannels)
        #expect(ofChannels == [found.0])
        return found
    }

    @Test func `an error is that of what was foretold a horizon ago, in units of its variance`() {
        let state = state(through: 40)
        // The newest 32 slots differ by 1 from what was foretold one slot before, and by 3 from three slots before.
        #expect(sum(state) == (64, count: 32))
        #expect(sum(state, horizon: 1) == (144, count: 32))
    }

    @Test func `slots of which nothing was foretold have no error, and neither have missing values`() {
        #expect(sum(state(through: 4)).count == 4)
        #expect(sum(state(through: 4), horizon: 1).count == 2)
        let holes = state(through: 60) { !$0.isMultiple(of: 4) }
        #expect(sum(holes) == (48, count: 24))
    }

    @Test(arguments: [(55, 17), (71, 1), (72, 0), (73, 0), (100, 0)])
    func `slots that did not come are no part of the newest, and what is older is forgotten`(slot: Int, count: Int) {
        var state = state(through: 40)
        let (values, presence) = ([Float(0)], [Presence.observed])
        state.observe(slot: slot, values: values.span, presence: presence.span, inverseVariances: [1, 1])
        #expect(sum(state).count == count, "nothing was foretold of the newest")
    }

    @Test func `a stream that begins anew has no errors yet`() {
        var state = state(through: 40)
        let (values, presence) = ([Float(0)], [Presence.observed])
        state.observe(slot: 0, values: values.span, presence: presence.span, inverseVariances: [1, 1])
        #expect(sum(state).count == 0)
    }

    @Test func `a forecast that was not made is not that of an earlier slot in its place`() {
        var state = state(through: 40)
        let (values, presence, foretold) = ([Float(1_000)], [Presence.observed], [Float(0), 0])
        state.observe(slot: 41, values: values.span, presence: presence.span, inverseVariances: [1, 1])
        state.observe(slot: 42, values: values.span, presence: presence.span, inverseVariances: [1, 1])
        #expect(sum(state).count == 31, "41 foretold nothing of 42")
        state.note(foretold.span, slot: 42)
        state.observe(slot: 43, values: values.span, presence: presence.span, inverseVariances: [1, 1])
        #expect(sum(state).count == 31)
    }

    @Test(arguments: [[1], [1, 8], [2, 5, 12]])
    func `a stream is found again from as many slots as the longest horizon and the average need`(
        horizons: [Int]
    ) {
        #expect(ForesightState.slotsToPrime(horizons: horizons) == 32 + (horizons.last ?? 0))
    }
}
