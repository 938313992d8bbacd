package import LinearAlgebra
package import VAE

/// A history laid on its interval grid and normalized: where training takes its windows from.
///
/// It fills gaps as ``StreamHistory`` does, so a window here is the window that the live stream would have had.
package struct TrainingGrid: Sendable {
    /// Normalized values, (slots × channels).
    package private(set) var values: [Float] = []
    /// A ``Presence`` for each value, (slots × channels).
    package private(set) var presence: [Int8] = []
    /// For each reading its slot.
    package private(set) var slots: [Int] = []
    /// For each reading the first slot of the stretch without a long gap that it belongs to.
    package private(set) var stretchStarts: [Int] = []
    /// For each slot how many slots up to it carry an excluded reading or none.
    private var excludedBefore: [Int] = [0]
    private var gapsBefore: [Int] = [0]
    /// For each slot how many slots up to it, one after the other, have no reading.
    private var runs: [Int] = []
    let channelCount: Int

    /// The longest run of slots without a reading that nine windows in ten keep to, 0 where most have none. What stands in for
    /// so many missing readings is part of what is learned; windows with longer runs are not.
    package private(set) var usualGap = 0

    /// Lays out the history. A gap of more than `longestGap` slots begins a new stretch.
    package init(_ history: TrainingHistory, profiles: [ChannelProfile], cadence: Cadence, longestGap: Int) {
        channelCount = history.channelCount
        var held = HeldValues(channelCount: channelCount)
        var stretchStart = 0
        for reading in 0..<history.count {
            let row = history.values[(reading * channelCount)..<((reading + 1) * channelCount)]
            if reading > 0 {
                let distance = cadence.slots(from: history.times[reading - 1], to: history.times[reading])
                if distance > longestGap {
                    stretchStart = presence.count / max(1, channelCount)
                    held.forget()
                } else {
                    for slot in stride(from: 1, to: distance, by: 1) {
                        held.advance(towards: row.span, slotsAway: distance - slot, profiles: profiles)
                        appendSlot(held.values, nil, isExcluded: false)
                    }
                    held.advance()
                }
            }
            held.observe(row.span, profiles: profiles)
            appendSlot(held.values, row, isExcluded: history.isAlerting[reading])
            slots.append(excludedBefore.count - 2)
            stretchStarts.append(stretchStart)
        }
        findUsualGap(windowLength: longestGap)
    }

    private mutating func findUsualGap(windowLength: Int) {
        let slotCount = gapsBefore.count - 1
        runs = [Int](repeating: 0, count: slotCount)
        for slot in runs.indices where gapsBefore[slot + 1] > gapsBefore[slot] {
            runs[slot] = (slot > 0 ? runs[slot - 1] : 0) + 1
        }
        if let last = gapsBefore.last, last > 0 {
            let longest = slots.map { slot in
                runs[max(0, slot - windowLength + 1)...slot].max() ?? 0
            }
            usualGap = longest.sorted()[longest.count * 9 / 10]
        }
    }

    private mutating func appendSlot(_ held: [Float], _ row: ArraySlice<Double>?, isExcluded: Bool) {
        values.append(contentsOf: held)
        if let row {
            for value in row { presence.append(value.isFinite ? Presence.observed : Presence.missing) }
        } else {
            for _ in 0..<channelCount { presence.append(Presence.gap) }
        }
        excludedBefore.append((excludedBefore.last ?? 0) + (isExcluded ? 1 : 0))
        gapsBefore.append((gapsBefore.last ?? 0) + (row == nil ? 1 : 0))
    }

    /// The share of the slots that have no reading.
    package var gapShare: Double {
        Double(gapsBefore.last ?? 0) / Double(max(1, gapsBefore.count - 1))
    }

    /// The readings with a whole window of this length before them: no unusual gap, nothing excluded, at least half filled.
    package func readings(withWindow length: Int) -> [Int] {
        let bearable = WindowLayout.bearableGap(length: length, usual: usualGap)
        var longRunsBefore = [0]
        longRunsBefore.reserveCapacity(runs.count + 1)
        for slot in runs.indices { longRunsBefore.append(longRunsBefore[slot] + (runs[slot] > bearable ? 1 : 0)) }
        return slots.indices.filter { reading in
            let last = slots[reading]
            let first = last - length + 1
            guard first >= stretchStarts[reading] else { return false }
            // What of a run lies before the window does not count.
            let runEnds = min(first + bearable, last + 1)
            return excludedBefore[last + 1] == excludedBefore[first]
                && longRunsBefore[last + 1] == longRunsBefore[runEnds]
                && 2 * (gapsBefore[last + 1] - gapsBefore[first]) <= length
        }
    }

    /// For each reading why the window of this length that ends with it is not learned from, as far as the window itself is
    /// whole but for readings that did not come: it begins before the history or a long gap, or a gap is in it. Nil where it is
    /// learned from, and where something in it is excluded.
    func passedOver(withWindow length: Int) -> [TrainingExclusion.Reason?] {
        let usable = Set(readings(withWindow: length))
        return slots.indices.map { reading in
            guard !usable.contains(reading) else { return nil }
            let last = slots[reading]
            let first = max(last - length + 1, stretchStarts[reading])
            guard excludedBefore[last + 1] == excludedBefore[first] else { return nil }
            let isFirstStretch = stretchStarts[reading] == 0
            return gapsBefore[last + 1] == gapsBefore[first] && isFirstStretch ? .warmUp : .lossy
        }
    }

    /// The windows that end with these readings, flattened, (readings × width).
    package func windows(_ layout: WindowLayout, endingWith readings: [Int]) -> (values: Matrix, mask: Matrix?) {
        let width = layout.width
        var elements: [Float] = []
        var mask: [Float] = []
        elements.reserveCapacity(readings.count * width)
        mask.reserveCapacity(readings.count * width)
        var isComplete = true
        for reading in readings {
            let last = slots[reading]
            for slot in (last - layout.length + 1)...last {
                for channel in layout.channels {
                    elements.append(values[slot * channelCount + channel])
                    let isObserved = presence[slot * channelCount + channel] == Presence.observed
                    mask.append(isObserved ? 1 : 0)
                    isComplete = isComplete && isObserved
                }
            }
        }
        return (
            Matrix(rows: readings.count, columns: width, elements: elements),
            isComplete ? nil : Matrix(rows: readings.count, columns: width, elements: mask)
        )
    }

    /// Calls `body` with blocks of the windows that end with these readings, and with the readings of each block.
    package func forEachBlock(
        _ layout: WindowLayout, endingWith readings: [Int], body: (WindowBlock, ArraySlice<Int>) -> Void
    ) {
        var block = WindowBlock(layout: layout)
        var start = 0
        while start < readings.count {
            let end = min(start + WindowBlock.rowCount, readings.count)
            block.removeAll()
            for reading in readings[start..<end] {
                block.append(values, presence, channelCount: channelCount, lastSlot: slots[reading])
            }
            body(block, readings[start..<end])
            start = end
        }
    }

    /// The readings from which the course of a channel can be read: those of the newest stretch where a history is made of many
    /// and that one has a part worth the name; otherwise all, for a gap or two do no harm.
    var readingsInOneStretch: Range<Int> {
        guard let last = stretchStarts.last, let first = stretchStarts.firstIndex(of: last) else { return 0..<0 }
        let isLong = 8 * (stretchStarts.count - first) >= stretchStarts.count
        return isLong && Set(stretchStarts).count > 8 ? first..<stretchStarts.count : 0..<stretchStarts.count
    }

    /// The slots of some of the channels as a network is fitted to them; it has no windows yet.
    package func series(of channels: [Int]) -> WindowSeries {
        let slotCount = presence.count / max(1, channelCount)
        var (cells, marks) = ([Float](), [Float]())
        cells.reserveCapacity(slotCount * channels.count)
        marks.reserveCapacity(slotCount * channels.count)
        for slot in 0..<slotCount {
            for channel in channels {
                cells.append(values[slot * channelCount + channel])
                marks.append(presence[slot * channelCount + channel] == Presence.observed ? 1 : 0)
            }
        }
        return WindowSeries(
            channelCount: channels.count, values: cells, observed: marks,
            isForetellable: (0..<slotCount).map { excludedBefore[$0 + 1] == excludedBefore[$0] }, ends: [])
    }

    /// The normalized values of one channel at the slots that hold a reading.
    package func column(_ channel: Int) -> [Float] {
        slots.map { values[$0 * channelCount + channel] }
    }
}
