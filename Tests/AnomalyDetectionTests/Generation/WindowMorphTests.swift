import AnomalyDetection
import Testing

struct WindowMorphTests {
    private static func morph(
        _ machine: FittedMachine, from first: Int, to second: Int, steps: Int
    ) throws(GenerationFailure) -> WindowMorph {
        try WindowMorph(
            model: machine.model, from: machine.history[max(0, first - 95)..<(first + 1)],
            to: machine.history[max(0, second - 95)..<(second + 1)], steps: steps)
    }

    @Test(arguments: [(400, 437), (1_000, 2_120)]) func `the ends are the stored windows as the model rebuilds them`(
        first: Int, second: Int
    ) throws {
        let machine = FittedMachine.pump
        let morph = try Self.morph(machine, from: first, to: second, steps: 7)
        #expect(morph.stepCount == 7)
        #expect(morph.firstWindowEnd == machine.history.times[first])
        for (step, end) in [(0, first), (6, second)] {
            for channel in 0..<4 {
                let spread = machine.model.profiles[channel].spread
                let errors = (0..<morph.windowLength).map { slot in
                    let actual = machine.history.values[(end - morph.windowLength + 1 + slot) * 4 + channel]
                    let difference = (morph.reading(step: step, slot: slot)[channel] - actual) / spread
                    return difference * difference
                }
                // A window of zeros would be at 1; the network leaves the sensor's noise.
                #expect(Moments.mean(errors) < 0.3, "step \(step), channel \(channel)")
            }
        }
    }

    @Test func `each step goes on from the one before`() throws {
        let machine = FittedMachine.pump
        let morph = try Self.morph(machine, from: 500, to: 533, steps: 41)
        func distance(_ one: Int, _ other: Int) -> Double {
            Moments.mean(
                (0..<morph.windowLength).flatMap { slot in
                    zip(morph.reading(step: one, slot: slot), morph.reading(step: other, slot: slot)).enumerated()
                        .map { abs($1.0 - $1.1) / machine.model.profiles[$0].spread }
                })
        }
        let whole = distance(0, 40)
        #expect(whole > 0.3)
        for step in 0..<40 { #expect(distance(step, step + 1) < 0.4 * whole) }
    }

    @Test func `channels outside of windows keep the values of the nearer end`() throws {
        let machine = FittedMachine.room
        let occupancy = machine.history.column(3)
        let occupied = try #require((200..<1_900).first { occupancy[$0] == 1 })
        let empty = try #require((200..<1_900).first { occupancy[$0] == 0 })
        let morph = try Self.morph(machine, from: occupied, to: empty, steps: 4)
        let last = morph.windowLength - 1
        #expect((0..<4).map { morph.reading(step: $0, slot: last)[3] } == [1, 1, 0, 0])
        #expect((0..<4).allSatisfy { morph.reading(step: $0, slot: last)[4] == 7 })
        #expect((0..<4).allSatisfy { morph.reading(step: $0, slot: last)[5].isNaN })
    }

    @Test func `a window that is mostly empty is refused, and so is one before the first reading`() throws {
        let machine = FittedMachine.pump
        let model = machine.model
        let length = try Self.morph(machine, from: 500, to: 600, steps: 2).windowLength
        #expect(throws: GenerationFailure.emptyWindow(window: "second", filledSlots: 9, slots: length)) {
            _ = try WindowMorph(
                model: model, from: machine.history[400..<500], to: machine.history[0..<9], steps: 2)
        }
        #expect(throws: GenerationFailure.noReadings(window: "first")) {
            _ = try WindowMorph(model: model, from: machine.history[0..<0], to: machine.history[0..<99], steps: 2)
        }
    }
}
