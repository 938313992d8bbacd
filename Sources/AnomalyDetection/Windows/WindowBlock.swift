/// Which part of a stream's history a model looks at.
package struct WindowLayout: Sendable, Hashable {
    /// The number of slots.
    package var length: Int
    /// The channels, ascending.
    package var channels: [Int]

    /// A window of so many slots of these channels.
    package init(length: Int, channels: [Int]) {
        self.length = length
        self.channels = channels
    }

    /// The number of cells of a flattened window: slots × channels.
    package var width: Int { length * channels.count }

    /// The most missing readings in a row that a window bears, where those of a stream usually have no more than `usual`.
    ///
    /// An eighth of a window filled in by a straight line changes it little, and no window bears more than eight. With more a part rests
    /// until the window has moved past them. With 1 for windows of all lengths the labelled series have a rank of .644, not .645, and
    /// faults that come with two lost readings go unseen.
    package func bearableGap(usual: Int) -> Int { Self.bearableGap(length: length, usual: usual) }

    static func bearableGap(length: Int, usual: Int) -> Int { max(usual, 1, min(8, length / 8)) }
}

/// Up to ``WindowBlock/rowCount`` flattened windows of one layout, ready for a matrix product.
///
/// A window is flattened slot by slot, channels innermost, so its last cells are the newest reading.
package struct WindowBlock: Sendable {
    /// Windows that are looked at together: enough to keep a matrix product busy.
    package static let rowCount = 64

    /// What each row holds.
    package let layout: WindowLayout
    /// Normalized values, (rows × width); rows beyond ``count`` hold anything.
    package var values: [Float]
    /// A ``Presence`` for each value, (rows × width).
    package var presence: [Int8]
    /// The number of rows in use.
    package private(set) var count = 0
    /// Whether no cell of any row is missing.
    package private(set) var isComplete = true
    private var completeRows = [Bool](repeating: true, count: rowCount)
    private var longestGaps = [Int](repeating: 0, count: rowCount)
    private var liesInStretch = [Bool](repeating: true, count: rowCount)

    /// An empty block.
    package init(layout: WindowLayout) {
        self.layout = layout
        values = [Float](repeating: 0, count: Self.rowCount * layout.width)
        presence = [Int8](repeating: Presence.observed, count: Self.rowCount * layout.width)
    }

    /// Whether no cell of this row is missing. What is summed over a row must depend on this, not on ``isComplete``: the order
    /// of a sum would else depend on the other rows.
    package func isComplete(row: Int) -> Bool { completeRows[row] }

    /// Whether this row's window says anything to a part that needs its readings, for a stream whose gaps usually are no longer than
    /// `usualGap`: it lies in one stretch, and none of its gaps is longer than it bears.
    package func canBeSeen(row: Int, usualGap: Int) -> Bool {
        liesInStretch[row] && longestGaps[row] <= layout.bearableGap(usual: usualGap)
    }

    /// In how many slots of this row's window no reading came.
    func gapCount(row: Int) -> Int {
        (0..<layout.length).count { slot in
            presence[row * layout.width + slot * layout.channels.count] == Presence.gap
        }
    }

    /// Whether another row needs another block.
    package var isFull: Bool { count == Self.rowCount }

    /// Adds the newest window of a history as a row.
    package mutating func append(newestOf history: StreamHistory) {
        append(history.values, history.presence, channelCount: history.channelCount, lastSlot: history.count - 1)
        liesInStretch[count - 1] = history.countInStretch >= layout.length
    }

    /// Adds the window that ends in a slot of a grid, (slots × channels), as a row.
    package mutating func append(_ values: [Float], _ presence: [Int8], channelCount: Int, lastSlot: Int) {
        precondition(!isFull, "the block is full")
        let firstSlot = lastSlot - layout.length + 1
        let isComplete =
            layout.channels.count == channelCount
            ? appendWhole(values, presence, from: firstSlot * channelCount)
            : appendChosen(values, presence, channelCount: channelCount, slots: firstSlot...lastSlot)
        completeRows[count] = isComplete
        longestGaps[count] = isComplete ? 0 : findLongestGap()
        liesInStretch[count] = true
        if !isComplete { self.isComplete = false }
        count += 1
    }

    /// The longest gap of the row that was just written.
    private func findLongestGap() -> Int {
        var (longest, run) = (0, 0)
        for slot in 0..<layout.length {
            run = presence[count * layout.width + slot * layout.channels.count] == Presence.gap ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }

    /// Copies a window of all channels, which is one stretch of the grid; says whether no cell is missing.
    private mutating func appendWhole(_ values: [Float], _ presence: [Int8], from source: Int) -> Bool {
        let width = layout.width
        let cells = (count * width)..<((count + 1) * width)
        let (sourceValues, sourcePresence) = (
            values.span.extracting(source..<(source + width)), presence.span.extracting(source..<(source + width))
        )
        var allValues = self.values.mutableSpan
        var target = allValues._mutatingExtracting(cells)
        for index in sourceValues.indices { target[index] = sourceValues[index] }
        var allPresence = self.presence.mutableSpan
        var marks = allPresence._mutatingExtracting(cells)
        var difference: Int8 = 0
        for index in sourcePresence.indices {
            marks[index] = sourcePresence[index]
            difference |= sourcePresence[index] ^ Presence.observed
        }
        return difference == 0
    }

    /// Copies a window of some of the channels, cell by cell; says whether no cell is missing.
    private mutating func appendChosen(
        _ values: [Float], _ presence: [Int8], channelCount: Int, slots: ClosedRange<Int>
    ) -> Bool {
        var target = count * layout.width
        var isComplete = true
        for slot in slots {
            for channel in layout.channels {
                self.values[target] = values[slot * channelCount + channel]
                let cell = presence[slot * channelCount + channel]
                self.presence[target] = cell
                if cell != Presence.observed { isComplete = false }
                target += 1
            }
        }
        return isComplete
    }

    /// A block of one of the rows alone.
    package func row(_ index: Int) -> WindowBlock {
        var block = WindowBlock(layout: layout)
        block.append(values, presence, channelCount: layout.channels.count, lastSlot: (index + 1) * layout.length - 1)
        return block
    }

    /// Empties the block.
    package mutating func removeAll() {
        count = 0
        isComplete = true
    }
}
