/// The interned number of a stream: its place in the ``StreamTable``, from zero.
package struct StreamID: Hashable, Comparable, Sendable {
    /// The place in the table.
    package var index: Int

    /// The stream at this place of the table.
    package init(_ index: Int) {
        self.index = index
    }

    package static func < (left: StreamID, right: StreamID) -> Bool {
        left.index < right.index
    }
}

/// Readings in columns: what a decoder writes and the detector reads.
///
/// A reading is a stream, a timestamp and a run of cells; a cell is a channel (its place within the stream, from zero)
/// and a value. A value that was said to be missing is NaN; a channel that was not mentioned has no cell. All memory is
/// kept by ``removeAll()``, so a batch that is reused does not allocate once it has grown.
package struct ReadingBatch: Sendable {
    /// The stream of each reading.
    package private(set) var streams: [StreamID] = []
    /// The time of each reading.
    package private(set) var times: [Timestamp] = []
    /// For each reading the end of its run in ``channels`` and ``values``; a run begins where the one before ends.
    package private(set) var cellEnds: [Int] = []
    /// The channel of each cell.
    package private(set) var channels: [Int32] = []
    /// The value of each cell, NaN where it is missing.
    package private(set) var values: [Double] = []

    /// An empty batch.
    package init() {}

    /// The number of readings.
    package var count: Int { streams.count }
    /// Whether there are no readings.
    package var isEmpty: Bool { streams.isEmpty }

    /// The cells of one reading, as a range of ``channels`` and ``values``.
    package func cells(of reading: Int) -> Range<Int> {
        (reading == 0 ? 0 : cellEnds[reading - 1])..<cellEnds[reading]
    }

    /// Makes room for so many readings and cells.
    package mutating func reserveCapacity(readings: Int, cells: Int) {
        streams.reserveCapacity(readings)
        times.reserveCapacity(readings)
        cellEnds.reserveCapacity(readings)
        channels.reserveCapacity(cells)
        values.reserveCapacity(cells)
    }

    /// Adds a cell to the reading that ``endReading(stream:time:)`` will complete.
    package mutating func appendCell(channel: Int, value: Double) {
        channels.append(Int32(truncatingIfNeeded: channel))
        values.append(value)
    }

    /// Adds a cell to the open reading, or changes the one that it already has for this channel.
    ///
    /// For formats in which a channel can be named twice; it costs a look at the cells of the open reading.
    package mutating func putCell(channel: Int, value: Double) {
        let place = Int32(truncatingIfNeeded: channel)
        for cell in (cellEnds.last ?? 0)..<values.count where channels[cell] == place {
            values[cell] = value
            return
        }
        channels.append(place)
        values.append(value)
    }

    /// Completes the reading whose cells were appended since the last reading ended.
    package mutating func endReading(stream: StreamID, time: Timestamp) {
        streams.append(stream)
        times.append(time)
        cellEnds.append(values.count)
    }

    /// Drops the cells that were appended since the last reading ended; used when the rest of a line is malformed.
    package mutating func abandonReading() {
        let end = cellEnds.last ?? 0
        channels.removeLast(channels.count - end)
        values.removeLast(values.count - end)
    }

    /// Adds the readings of another batch behind these. Neither batch may have a reading open.
    package mutating func append(contentsOf other: ReadingBatch) {
        precondition(values.count == cellEnds.last ?? 0, "the batch that is added to has an open reading")
        precondition(other.values.count == other.cellEnds.last ?? 0, "the batch that is added has an open reading")
        let offset = values.count
        streams.append(contentsOf: other.streams)
        times.append(contentsOf: other.times)
        for end in other.cellEnds { cellEnds.append(end + offset) }
        channels.append(contentsOf: other.channels)
        values.append(contentsOf: other.values)
    }

    /// Empties the batch and keeps its memory.
    package mutating func removeAll() {
        streams.removeAll(keepingCapacity: true)
        times.removeAll(keepingCapacity: true)
        cellEnds.removeAll(keepingCapacity: true)
        channels.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }
}
