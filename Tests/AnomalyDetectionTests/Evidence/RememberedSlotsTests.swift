import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

struct RememberedSlotsTests {
    @Test(arguments: UInt64(1)...5) func `every window that is asked for is whole among the slots that are kept`(
        seed: UInt64
    ) {
        let stretch = SampleStretch(channels: 3, slots: 500, seed: seed)
        var random = RandomSource(seed: seed)
        let windows = (0..<12).map { _ in
            let length = 1 + random.index(below: 60)
            return (end: length - 1 + random.index(below: 501 - length), length: length)
        }
        let cut = SlotCut(stretch.series(endingIn: []), windows: windows)
        for window in windows {
            let last = cut.place(of: window.end)
            for back in 0..<window.length {
                #expect(cut.place(of: window.end - back) == last - back, "a window is one stretch")
                for channel in 0..<3 {
                    let kept = cut.slots.values[(last - back) * 3 + channel]
                    #expect(kept == Float(Float16(stretch[window.end - back, channel])))
                }
            }
        }
        var kept: Set<Int> = []
        for window in windows { kept.formUnion((window.end + 1 - window.length)...window.end) }
        #expect(cut.slots.slotCount == kept.count, "each slot is kept once, and no other")
        #expect(cut.slots.channelCount == 3)
    }

    @Test func `without windows nothing is kept`() {
        let cut = SlotCut(SampleStretch(slots: 40, seed: 1).series(endingIn: []), windows: [])
        #expect(cut.slots.slotCount == 0)
    }

    @Test func `a model stores the slots that its parts share once`() throws {
        let model = try SampleModel.model(seed: 1)
        let remembered = model.parts.compactMap(\.rememberedSlots)
        #expect(remembered.count == 3 && remembered.allSatisfy { $0 == remembered[0] })
        // Two bytes a value of four channels; all else of a model is below 200 kilobytes.
        #expect(ModelBlob.encode(model).count < 2 * remembered[0].values.count + 200_000)
    }
}
