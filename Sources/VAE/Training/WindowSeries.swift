package import LinearAlgebra

/// The slots that windows are cut from, in the order of time: what a network is fitted to.
///
/// Windows overlap, so the slots are held once and a window is a stretch of them.
package struct WindowSeries: Sendable {
    /// The number of channels in a slot, d.
    package let channelCount: Int
    /// The values (slots × d), with something plausible where one is missing; all finite.
    package let values: [Float]
    /// 1 where a value was observed, 0 where it is missing (slots × d).
    package let observed: [Float]
    /// Whether what a slot holds may be learned as something that was to be foretold (slots).
    package let isForetellable: [Bool]
    /// The last slots of the windows, ascending.
    package let ends: [Int]

    /// A series from its parts. Traps when their sizes do not fit each other.
    package init(channelCount: Int, values: [Float], observed: [Float], isForetellable: [Bool], ends: [Int]) {
        precondition(values.count == observed.count, "\(observed.count) marks for \(values.count) values")
        precondition(values.count == isForetellable.count * channelCount, "slots × channels values")
        self.channelCount = channelCount
        self.values = values
        self.observed = observed
        self.isForetellable = isForetellable
        self.ends = ends
    }

    /// The same slots with other windows.
    package func with(ends: [Int]) -> WindowSeries {
        WindowSeries(
            channelCount: channelCount, values: values, observed: observed, isForetellable: isForetellable, ends: ends)
    }

    /// The cells of the window that ends in a slot, as a range of ``values``.
    func cells(endingIn slot: Int, slotCount: Int) -> Range<Int> {
        precondition(slot + 1 >= slotCount && slot < isForetellable.count, "no whole window ends in slot \(slot)")
        return ((slot + 1 - slotCount) * channelCount)..<((slot + 1) * channelCount)
    }

    /// The windows of so many slots that end in these, (windows × D).
    package func windows(endingIn slots: [Int], slotCount: Int) -> Matrix {
        var elements: [Float] = []
        elements.reserveCapacity(slots.count * slotCount * channelCount)
        for slot in slots { elements.append(contentsOf: values[cells(endingIn: slot, slotCount: slotCount)]) }
        return Matrix(rows: slots.count, columns: slotCount * channelCount, elements: elements)
    }

    /// Of the windows those after which every channel was observed at every horizon.
    func foretellable(horizons: [Int]) -> [Int] {
        ends.filter { end in
            horizons.allSatisfy { horizon in
                let slot = end + horizon
                guard slot < isForetellable.count, isForetellable[slot] else { return false }
                return observed[(slot * channelCount)..<((slot + 1) * channelCount)].allSatisfy { $0 != 0 }
            }
        }
    }
}

extension Array {
    /// At most `limit` of the elements, evenly spaced from the first to the last.
    package func evenlySpaced(limit: Int) -> [Element] {
        guard count > limit, limit > 1 else { return self }
        return (0..<limit).map { self[$0 * (count - 1) / (limit - 1)] }
    }
}
