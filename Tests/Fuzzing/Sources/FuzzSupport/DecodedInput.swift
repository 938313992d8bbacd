package import AnomalyDetection

/// What a decoder made of an input, and the properties that hold whatever the input is.
package struct DecodedInput {
    /// The readings.
    package var batch = ReadingBatch()
    /// Few streams are allowed, so that inputs reach the limit.
    package var streams = StreamTable(streamLimit: 8)
    /// What was not taken.
    package var rejections = RejectionTally()

    /// The result of decoding nothing.
    package init() {}

    /// Traps where the batch, the table and the tally do not fit together.
    package func check() {
        precondition(
            batch.times.count == batch.count && batch.cellEnds.count == batch.count, "columns differ in length")
        precondition(batch.channels.count == batch.values.count, "a cell lacks its channel or its value")
        precondition(batch.cellEnds.last ?? 0 == batch.values.count, "a reading was left open")
        precondition(streams.count <= streams.streamLimit, "more streams than the limit")
        for reading in 0..<batch.count {
            let stream = batch.streams[reading]
            precondition(stream.index >= 0 && stream.index < streams.count, "a stream that the table does not know")
            let channelCount = streams.channels(of: stream).count
            precondition(channelCount <= StreamTable.channelLimit, "more channels than the limit")
            let cells = batch.cells(of: reading)
            precondition(!cells.isEmpty, "a reading without cells")
            var seen: UInt64 = 0
            for cell in cells {
                let channel = Int(batch.channels[cell])
                precondition(channel >= 0 && channel < channelCount, "a channel that the stream does not have")
                precondition(seen & 1 << UInt64(channel) == 0, "a channel twice in one reading")
                seen |= 1 << UInt64(channel)
                precondition(!batch.values[cell].isInfinite, "an infinite value")
            }
        }
        for index in 0..<streams.count {
            var table = streams
            let name = streams.name(of: StreamID(index))
            precondition(table.stream(named: name) == StreamID(index), "the name of a stream finds another")
            precondition(name.utf8.count <= 3 * StreamTable.nameByteLimit + 3, "a name beyond the limit")
        }
        let counted = rejections.countsByReason.reduce(0) { $0 + $1.count }
        precondition(
            counted == rejections.total && rejections.firsts.count == rejections.countsByReason.count, "a lost count")
        for first in rejections.firsts {
            precondition(first.rejection.column >= 0, "a rejection in front of its line")
            precondition(first.text.unicodeScalars.allSatisfy { $0.value >= 0x20 }, "a control character in a log")
        }
    }

    /// Traps where this result differs from that of the same input read in another way.
    package func expectEqual(_ other: DecodedInput) {
        precondition(batch.streams == other.batch.streams, "streams differ")
        precondition(batch.times == other.batch.times, "times differ")
        precondition(batch.cellEnds == other.batch.cellEnds, "readings differ in length")
        precondition(batch.channels == other.batch.channels, "channels differ")
        precondition(batch.values.map(\.bitPattern) == other.batch.values.map(\.bitPattern), "values differ")
        precondition(streams.streamNames == other.streams.streamNames, "names of streams differ")
        precondition(streams.channelNames == other.streams.channelNames, "names of channels differ")
        precondition(rejections.firsts == other.rejections.firsts, "first rejections differ")
        precondition(
            rejections.countsByReason.map(\.count) == other.rejections.countsByReason.map(\.count), "counts differ")
    }
}

/// Gives `body` the bytes that libFuzzer hands over.
package func withFuzzInput(_ start: UnsafePointer<UInt8>?, _ count: Int, _ body: (Span<UInt8>) -> Void) {
    // SAFETY: libFuzzer owns `count` bytes at `start` for the duration of the call.
    let buffer = unsafe UnsafeBufferPointer(start: start, count: count)
    unsafe body(buffer.span)
}
