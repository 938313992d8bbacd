/// Reads JSON lines: one object a line, one reading an object.
///
/// - The time is a number or a text under one of the names of ``KnownNames``; without it the reading takes the time at which
///   it was received. The stream is a text or a number under a known name; without it the default stream.
/// - Other numbers are channels, booleans too (1 and 0), and `null` is a missing value. An object under `values` or `fields`
///   holds channels as well. Texts cannot be measured: they are counted as rejected and the rest is used. Any other object
///   and any array rejects the line.
/// - An object with a text under a channel's known name and a value under `value` is in the long form and is one cell.
/// - A channel that occurs twice keeps its last value; a time, stream or long form's key that does rejects the line.
///
/// The syntax is that of RFC 8259; NaN and infinities are none of it, and numbers too large for a `Double` are rejected.
package struct JSONLinesDecoder: Sendable {
    /// The stream of objects that do not name one.
    package let defaultStream: String
    private let defaultStreamName: [UInt8]
    var pending = PendingReading()
    var object = Object()

    /// What an object says beside its channels.
    struct Object {
        var time: Timestamp?
        /// The rank of the name under which the time or stream was found: a better-known name takes its place.
        var timeRank = Int.max
        var stream: Name?
        var streamRank = Int.max
        var channel: Name?
        var channelRank = Int.max
        var value: Double?
        /// The key of ``value``, for objects that turn out not to be in the long form.
        var valueName: Name?
        var valueRank = Int.max
        /// Where the first text stands that cannot be measured.
        var unsupported: Int?
    }

    /// A name: a range of the line, or of the unescaped names.
    struct Name {
        var range: Range<Int>
        var isUnescaped: Bool
    }

    /// A decoder that gives readings without a stream this one.
    package init(defaultStream: String = "default") {
        self.defaultStream = defaultStream
        defaultStreamName = Array(defaultStream.utf8)
    }

    /// Reads all lines of a text, which ends where a line ends: a datagram, not a chunk. A malformed line is counted and
    /// leaves nothing behind.
    ///
    /// - Parameter receivedAt: stands in for a time that is missing; without it such a line is rejected.
    package mutating func decode(
        _ text: Span<UInt8>, receivedAt: Timestamp?, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) {
        var start = 0
        while start < text.count {
            let end = text.first(Ascii.newline, from: start, to: text.count)
            let hasReturn = end > start && text[end - 1] == Ascii.carriageReturn
            let line = text.extracting(start..<(hasReturn ? end - 1 : end))
            do throws(LineRejection) {
                try decodeLine(line, receivedAt: receivedAt, into: &batch, streams: &streams, rejections: &rejections)
            } catch {
                rejections.add(error, line: line)
            }
            start = end + 1
        }
    }

    private mutating func decodeLine(
        _ line: Span<UInt8>, receivedAt: Timestamp?, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) throws(LineRejection) {
        let start = JSONScanner.skipWhitespace(line, from: 0)
        if start == line.count { return }
        pending.removeAll()
        object = Object()
        let end = JSONScanner.skipWhitespace(line, from: try scanObject(line, from: start, isNested: false))
        guard end == line.count else {
            throw LineRejection(.badJSON, at: end, expected: "one object a line and nothing behind it")
        }
        try settleForm(line)
        guard let time = object.time ?? receivedAt else {
            throw LineRejection(.missingTimestamp, at: start, expected: "a timestamp key")
        }
        if let unsupported = object.unsupported {
            rejections.add(
                LineRejection(
                    .unsupportedValue, at: unsupported, expected: "a number or a boolean; text cannot be measured"),
                line: line)
        }
        guard !pending.isEmpty else {
            if object.unsupported != nil { return }
            throw LineRejection(.missingValue, at: start, expected: "at least one key with a number")
        }
        guard let stream = findStream(line, streams: &streams) else {
            throw LineRejection(.tooManyStreams, at: start, expected: "a known stream: the table of streams is full")
        }
        pending.commit(
            line, lineStart: 0, stream: stream, time: time, into: &batch, streams: &streams, rejections: &rejections)
    }

    private func findStream(_ line: Span<UInt8>, streams: inout StreamTable) -> StreamID? {
        guard let name = object.stream else { return streams.stream(named: defaultStreamName.span) }
        return name.isUnescaped
            ? streams.stream(named: pending.unescaped.span.extracting(name.range))
            : streams.stream(named: line.extracting(name.range))
    }

    /// Adds the long form's cell, or, where the object is not in that form, `value` as a channel like others.
    private mutating func settleForm(_ line: Span<UInt8>) throws(LineRejection) {
        if let value = object.value, let name = object.channel ?? object.valueName {
            pending.append(name: name.range, isUnescaped: name.isUnescaped, value: value)
        } else if let name = object.channel {
            // A text under a name like `signal`, but nothing that it would be the channel of.
            noteUnsupported(at: name.isUnescaped ? 0 : name.range.lowerBound)
        }
    }

    /// Notes a text that cannot be measured.
    mutating func noteUnsupported(at index: Int) {
        if object.unsupported == nil { object.unsupported = index }
    }
}
