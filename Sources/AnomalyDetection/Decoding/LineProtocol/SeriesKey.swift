/// The measurement and tags at the start of a line-protocol line, from which the stream's name is made.
struct SeriesKey: Sendable {
    /// More tags than any sensor has; the limit bounds the work of sorting them.
    static let tagLimit = 128

    /// The key and value of a tag as they stand in the text, or in ``unescaped``.
    private struct Tag {
        var key: Range<Int>
        var value: Range<Int>
    }

    private var tags: [Tag] = []
    /// Whether the text between ``start`` and ``end`` is already the stream's name: no escapes, tags sorted.
    private var isVerbatim = true
    private var start = 0
    private var measurementEnd = 0
    private var end = 0
    private var unescaped: [UInt8] = []
    private var name: [UInt8] = []

    /// The length of the measurement and tags as they stand in the text.
    var nameByteCount: Int { end - start }

    /// Reads the measurement and tags from `start` and returns the index of the space behind them.
    mutating func scan(
        _ text: Span<UInt8>, from start: Int, to end: Int
    ) throws(LineProtocolDecoder.Fault) -> Int {
        self.start = start
        tags.removeAll(keepingCapacity: true)
        isVerbatim = true
        guard text[start] != Ascii.comma else {
            throw .init(.missingMeasurement, at: start, expected: "a measurement in front of the comma")
        }
        var index = scanPart(text, from: start, to: end, stopsAtEquals: false)
        measurementEnd = index
        while index < end, text[index] == Ascii.comma {
            guard tags.count < Self.tagLimit else {
                throw .init(.tooManyTags, at: index, expected: "at most 128 tags")
            }
            let keyStart = index &+ 1
            index = scanPart(text, from: keyStart, to: end, stopsAtEquals: true)
            guard index > keyStart, index < end, text[index] == Ascii.equals else {
                throw .init(.badTag, at: index, expected: "key=value behind the comma")
            }
            let key = keyStart..<index
            let valueStart = index &+ 1
            index = scanPart(text, from: valueStart, to: end, stopsAtEquals: true)
            guard index > valueStart, index == end || text[index] != Ascii.equals else {
                throw .init(.badTag, at: index, expected: "a tag value without a bare =")
            }
            if isVerbatim, let last = tags.last, !text.precedes(last.key, text, key) { isVerbatim = false }
            tags.append(Tag(key: key, value: valueStart..<index))
        }
        self.end = index
        guard index < end else {
            throw .init(.missingFields, at: index, expected: "a space and at least one field=value")
        }
        if !isVerbatim { try rebuild(text) }
        return index
    }

    /// The number of the stream that this key names; `nil` when the table is full.
    func stream(in text: Span<UInt8>, streams: inout StreamTable) -> StreamID? {
        isVerbatim ? streams.stream(named: text.extracting(start..<end)) : streams.stream(named: name.span)
    }

    /// The index of the first comma, space or, if asked for, equals sign that no backslash stands in front of.
    @inline(__always)
    private mutating func scanPart(_ text: Span<UInt8>, from start: Int, to end: Int, stopsAtEquals: Bool) -> Int {
        var index = start
        while index < end {
            let byte = text[index]
            if byte == Ascii.comma || byte == Ascii.space || stopsAtEquals && byte == Ascii.equals { return index }
            index &+= 1
            if byte == Ascii.backslash {
                isVerbatim = false
                // Influx looks one byte back: what follows any backslash, escaped itself or not, ends nothing.
                if index < end, text[index] != Ascii.backslash { index &+= 1 }
            }
        }
        return end
    }

    /// Makes the name of a key that has escapes or unsorted tags.
    private mutating func rebuild(_ text: Span<UInt8>) throws(LineProtocolDecoder.Fault) {
        name.removeAll(keepingCapacity: true)
        unescaped.removeAll(keepingCapacity: true)
        Self.unescape(text, start..<measurementEnd, escapesEquals: false, into: &name)
        for index in tags.indices {
            let keyStart = unescaped.count
            Self.unescape(text, tags[index].key, escapesEquals: true, into: &unescaped)
            let valueStart = unescaped.count
            Self.unescape(text, tags[index].value, escapesEquals: true, into: &unescaped)
            tags[index] = Tag(key: keyStart..<valueStart, value: valueStart..<unescaped.count)
        }
        // Insertion sort: few tags, mostly in order, and no allocation.
        for index in tags.indices.dropFirst() {
            var place = index
            while place > 0, unescaped.span.precedes(tags[place].key, unescaped.span, tags[place - 1].key) {
                tags.swapAt(place, place - 1)
                place -= 1
            }
        }
        for (index, tag) in tags.enumerated() {
            if index > 0, unescaped.span.equals(tag.key, unescaped.span, tags[index - 1].key) {
                throw .init(.duplicateTag, at: start, expected: "each tag key once")
            }
            name.append(Ascii.comma)
            for byte in tag.key { name.append(unescaped[byte]) }
            name.append(Ascii.equals)
            for byte in tag.value { name.append(unescaped[byte]) }
        }
    }

    /// Appends a part of the text without the backslashes that escape something.
    static func unescape(_ text: Span<UInt8>, _ range: Range<Int>, escapesEquals: Bool, into bytes: inout [UInt8]) {
        for index in range {
            let byte = text[index]
            if byte == Ascii.backslash, index + 1 < range.upperBound {
                let next = text[index + 1]
                if next == Ascii.comma || next == Ascii.space || escapesEquals && next == Ascii.equals { continue }
            }
            bytes.append(byte)
        }
    }
}
