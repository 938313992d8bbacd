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
}

/// Up to ``WindowBlock/rowCount`` flattened windows of one layout, ready for a matrix product.
///
/// A window is flattened slot by slot, channels innermost, so its last cells are the newest reading.
package struct WindowBlock: Sendable {
    /// Windows that are looked at together: enough to keep a matrix product busy.
    package static let rowCount = 64

    /// What each row holds.
    package let layout: WindowLayout
    /// Normalized values, (rows × width); rows beyond ``count`` are zero.
    package var values: [Float]
    /// A ``Presence`` for each value, (rows × width).
    package var presence: [Int8]
    /// The number of rows in use.
    package private(set) var count = 0
    /// Whether no cell of any row is missing.
    package private(set) var isComplete = true

    /// An empty block.
    package init(layout: WindowLayout) {
        self.layout = layout
        values = [Float](repeating: 0, count: Self.rowCount * layout.width)
        presence = [Int8](repeating: Presence.observed, count: Self.rowCount * layout.width)
    }

    /// Whether another row needs another block.
    package var isFull: Bool { count == Self.rowCount }

    /// Adds the newest window of a history as a row.
    package mutating func append(newestOf history: StreamHistory) {
        append(history.values, history.presence, channelCount: history.channelCount, lastSlot: history.count - 1)
    }

    /// Adds the window that ends in a slot of a grid, (slots × channels), as a row.
    package mutating func append(_ values: [Float], _ presence: [Int8], channelCount: Int, lastSlot: Int) {
        precondition(!isFull, "the block is full")
        let width = layout.width
        var target = count * width
        let firstSlot = lastSlot - layout.length + 1
        if layout.channels.count == channelCount {
            let source = firstSlot * channelCount
            for offset in 0..<width {
                self.values[target + offset] = values[source + offset]
                let cell = presence[source + offset]
                self.presence[target + offset] = cell
                if cell != Presence.observed { isComplete = false }
            }
        } else {
            for slot in firstSlot...lastSlot {
                for channel in layout.channels {
                    self.values[target] = values[slot * channelCount + channel]
                    let cell = presence[slot * channelCount + channel]
                    self.presence[target] = cell
                    if cell != Presence.observed { isComplete = false }
                    target += 1
                }
            }
        }
        count += 1
    }

    /// Empties the block; rows that are not filled again are zero.
    package mutating func removeAll() {
        for index in 0..<(count * layout.width) { values[index] = 0 }
        count = 0
        isComplete = true
    }
}
