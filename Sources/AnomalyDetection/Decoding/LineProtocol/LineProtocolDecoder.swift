/// Reads Influx line protocol: `measurement[,tag=value…] field=value[,field=value…] [timestamp]`, one point a line.
///
/// The grammar is that of the InfluxDB v2 reference:
/// - In measurements a backslash escapes a comma or a space, in tags and field keys an equals sign too; elsewhere it stands
///   for itself. In quoted strings it escapes a quote or a backslash. A quoted string may hold newlines.
/// - Field values are floats, integers (`1i`), unsigned integers (`1u`), booleans (`t T true True TRUE f F false False
///   FALSE`), which become 1 and 0, and quoted strings, which cannot be measured: they are counted as rejected and the rest
///   of the line is used. NaN and infinities are not numbers here.
/// - Lines that are blank or start with `#` are skipped. Lines end with `\n` or `\r\n`.
///
/// The stream is the measurement, and for each tag, sorted by key, `,key=value`, all without escapes; the channel is the field
/// key. A field key that occurs twice keeps its last value. A line without timestamp takes the time at which it was received.
package struct LineProtocolDecoder: Sendable {
    /// The unit of the timestamps.
    package enum Precision: Int64, Sendable, CaseIterable {
        case nanoseconds = 1
        case microseconds = 1_000
        case milliseconds = 1_000_000
        case seconds = 1_000_000_000
    }

    /// The unit of the timestamps.
    package let precision: Precision
    var series = SeriesKey()
    var pending = PendingReading()
    /// Where the first string that holds a newline begins in the line that is being read.
    var multilineStart: Int?

    /// A decoder for timestamps of this unit.
    package init(precision: Precision = .nanoseconds) {
        self.precision = precision
    }

    /// Reads all lines of a text, which ends where a line ends: a datagram, not a chunk.
    ///
    /// A malformed line is counted and leaves nothing behind. Reading goes on at the next line; where a string of it runs over
    /// a newline, that is the line after the one in which the string begins.
    package mutating func decode(
        _ text: Span<UInt8>, receivedAt: Timestamp, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) {
        var start = 0
        while start < text.count {
            multilineStart = nil
            do throws(Fault) {
                start = try decodeLine(
                    text, from: start, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
            } catch {
                // A string that ran over a newline in a line that is malformed was perhaps never closed, and what closed it
                // opened a string of a later line: that line is read again.
                let end = text.first(Ascii.newline, from: multilineStart ?? error.position, to: text.count)
                rejections.add(
                    LineRejection(error.reason, at: error.position - start, expected: error.expected),
                    line: text.extracting(start..<end))
                start = end + 1
            }
        }
    }

    /// A malformed line. The positions are indices of the text.
    struct Fault: Error {
        var reason: RejectionReason
        var position: Int
        var expected: String

        init(_ reason: RejectionReason, at position: Int, expected: String) {
            self.reason = reason
            self.position = position
            self.expected = expected
        }
    }

    /// Reads the line that starts at `start` and returns where the next one starts.
    private mutating func decodeLine(
        _ text: Span<UInt8>, from start: Int, receivedAt: Timestamp, into batch: inout ReadingBatch,
        streams: inout StreamTable, rejections: inout RejectionTally
    ) throws(Fault) -> Int {
        var line = Line(text, from: start)
        var index = start
        while index < line.end, isBlank(text[index]) { index &+= 1 }
        if index == line.end || text[index] == Ascii.hash { return line.next }

        index = try series.scan(text, from: index, to: line.end)
        pending.removeAll()
        var unsupported: Int?
        index = try scanFields(text, from: index, line: &line, unsupported: &unsupported)
        let time = try scanTime(text, from: index, to: line.end) ?? receivedAt
        guard series.nameByteCount <= StreamTable.nameByteLimit else {
            throw Fault(.nameTooLong, at: start, expected: "measurement and tags of at most 1024 bytes")
        }
        if let unsupported {
            rejections.add(
                LineRejection(
                    .unsupportedValue, at: unsupported - start,
                    expected: "a number or a boolean; text cannot be measured"),
                line: text.extracting(start..<line.end))
        }
        if pending.isEmpty { return line.next }
        guard let stream = series.stream(in: text, streams: &streams) else {
            throw Fault(.tooManyStreams, at: start, expected: "a known stream: the table of streams is full")
        }
        pending.commit(
            text, lineStart: start, stream: stream, time: time, into: &batch, streams: &streams, rejections: &rejections
        )
        return line.next
    }

    /// The timestamp, where there is one, and nothing but spaces behind it.
    @inline(__always)
    private func scanTime(_ text: Span<UInt8>, from start: Int, to end: Int) throws(Fault) -> Timestamp? {
        var index = start
        while index < end, isBlank(text[index]) { index &+= 1 }
        if index == end { return nil }
        let first = index
        let isNegative = text[index] == Ascii.minus
        if isNegative { index &+= 1 }
        let digitsStart = index
        var magnitude: UInt64 = 0
        while index < end, text[index] &- Ascii.zero < 10 {
            magnitude = magnitude &* 10 &+ UInt64(text[index] &- Ascii.zero)
            index &+= 1
        }
        // Nineteen digits do not overflow a UInt64. The range is Influx's: it keeps the ends of Int64 for itself.
        let (scaled, overflow) = magnitude.multipliedReportingOverflow(by: UInt64(precision.rawValue))
        guard index > digitsStart, index - digitsStart <= 19 || isZeroPadded(text, digitsStart, index), !overflow,
            scaled <= UInt64(Int64.max - 1)
        else {
            throw Fault(.badTimestamp, at: first, expected: "a whole number of time units since 1970, within 292 years")
        }
        while index < end, text[index] == Ascii.space { index &+= 1 }
        guard index == end else {
            throw Fault(.badTimestamp, at: index, expected: "digits and then the end of the line")
        }
        let nanoseconds = Int64(scaled)
        return Timestamp(nanoseconds: isNegative ? -nanoseconds : nanoseconds)
    }

    /// Whether all digits but the last nineteen are zeros.
    private func isZeroPadded(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        for index in start..<(end - 19) where text[index] != Ascii.zero { return false }
        return true
    }
}

extension LineProtocolDecoder {
    /// Where a line ends; a string with newlines moves the end.
    struct Line {
        /// The index behind the line's last byte, without `\n` or `\r\n`.
        private(set) var end: Int
        /// The index at which the next line starts.
        private(set) var next: Int

        /// The line whose first newline is the first from `index` on.
        init(_ text: Span<UInt8>, from index: Int) {
            let newline = text.first(Ascii.newline, from: index, to: text.count)
            next = newline + 1
            end = newline > index && text[newline - 1] == Ascii.carriageReturn ? newline - 1 : newline
        }
    }
}
