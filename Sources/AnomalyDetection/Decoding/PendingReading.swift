/// A line's cells before the line is known to be good.
///
/// Nothing of a line reaches the batch or the table of streams until all of it was read, so that a malformed line leaves
/// neither half a reading nor a stream that was never there.
struct PendingReading: Sendable {
    private struct Cell {
        /// Where the channel's name lies: in the line, or in ``unescaped`` where it had escapes.
        var name: Range<Int>
        var isUnescaped: Bool
        var value: Double
    }

    /// Names that cannot be taken from the line as they stand.
    var unescaped: [UInt8] = []
    private var cells: [Cell] = []

    var isEmpty: Bool { cells.isEmpty }

    /// Forgets the line before and keeps the memory.
    @inline(__always)
    mutating func removeAll() {
        cells.removeAll(keepingCapacity: true)
        if !unescaped.isEmpty { unescaped.removeAll(keepingCapacity: true) }
    }

    /// Adds a value for the channel whose name lies in this range of the line, or of ``unescaped``.
    @inline(__always)
    mutating func append(name: Range<Int>, isUnescaped: Bool, value: Double) {
        cells.append(Cell(name: name, isUnescaped: isUnescaped, value: value))
    }

    /// Writes the reading. Channels beyond the limit are counted as rejected and left out, and with them all, the reading.
    func commit(
        _ line: Span<UInt8>, lineStart: Int, stream: StreamID, time: Timestamp, into batch: inout ReadingBatch,
        streams: inout StreamTable, rejections: inout RejectionTally
    ) {
        var expected = 0
        var highest = -1
        for cell in cells {
            let place =
                cell.isUnescaped
                ? streams.channel(named: unescaped.span.extracting(cell.name), of: stream, after: expected)
                : streams.channel(named: line.extracting(cell.name), of: stream, after: expected)
            guard let place else {
                let column = cell.isUnescaped ? 0 : cell.name.lowerBound - lineStart
                rejections.add(
                    LineRejection(.tooManyChannels, at: column, expected: "at most 64 channels in a stream"),
                    line: line.extracting(lineStart..<line.count))
                continue
            }
            // Places that only rise cannot repeat, and in-order fields are the rule.
            if place > highest {
                batch.appendCell(channel: place, value: cell.value)
                highest = place
            } else {
                batch.putCell(channel: place, value: cell.value)
            }
            expected = place + 1
        }
        if highest >= 0 { batch.endReading(stream: stream, time: time) }
    }
}
