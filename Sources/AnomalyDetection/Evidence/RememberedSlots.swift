/// The stretches of normal slots that remembered windows are cut from, normalized: windows overlap, so each slot is held once.
package struct RememberedSlots: Sendable, Equatable {
    /// The number of channels, of those that enter windows.
    package let channelCount: Int
    /// The values (slots × channels), in the order of time within a stretch.
    package let values: [Float]

    /// The number of slots.
    package var slotCount: Int { values.count / max(1, channelCount) }

    /// Slots from their values.
    package init(channelCount: Int, values: [Float]) {
        precondition(values.count.isMultiple(of: max(1, channelCount)), "slots × channels")
        self.channelCount = channelCount
        self.values = values
    }

    /// The cells of the window of so many slots that ends in a slot.
    func window(endingIn slot: Int, length: Int) -> Range<Int> {
        ((slot + 1 - length) * channelCount)..<((slot + 1) * channelCount)
    }
}
