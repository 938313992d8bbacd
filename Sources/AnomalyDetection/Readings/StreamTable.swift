/// Gives streams and their channels numbers, in the order in which they are first seen.
///
/// Looking up a name that is known does not allocate: the names lie one behind the other in one array of bytes, the
/// streams are found by open addressing and the channels of a stream by their expected place. Names are compared byte
/// by byte. A name that is not UTF-8, or that holds a zero byte, goes by its text with those bytes replaced by U+FFFD, so
/// that what is stored finds the same number again.
package struct StreamTable: Sendable {
    /// A stream has at most this many channels.
    package static let channelLimit = 64
    /// The decoders refuse names of streams and channels that are longer than this many bytes.
    package static let nameByteLimit = 1_024

    /// The most streams the table takes.
    package let streamLimit: Int
    /// The names of the streams; the index is the ``StreamID``.
    package private(set) var streamNames: [String] = []
    /// For each stream the names of its channels, in their fixed order.
    package private(set) var channelNames: [[String]] = []

    /// Where a name lies in ``nameBytes``.
    private struct Name {
        var start: Int
        var end: Int
        var hash: UInt32
    }

    /// A stream's name and the run of ``channelEntries`` that is its own.
    private struct Entry {
        var name: Name
        var channelStart = 0
        var channelCount = 0
        var channelCapacity = 0
    }

    private var nameBytes: [UInt8] = []
    private var entries: [Entry] = []
    /// The channels of all streams; a stream whose run is full gets a run twice as long at the end.
    private var channelEntries: [Name] = []
    /// Open addressing with linear probing: a stream's number plus one, or zero where nothing is. A power of two long.
    private var slots: [UInt32] = Array(repeating: 0, count: 64)

    /// An empty table.
    package init(streamLimit: Int = 100_000) {
        self.streamLimit = streamLimit
    }

    /// The number of streams.
    package var count: Int { streamNames.count }

    /// The name of a stream.
    package func name(of stream: StreamID) -> String {
        streamNames[stream.index]
    }

    /// The names of a stream's channels, in their fixed order.
    package func channels(of stream: StreamID) -> [String] {
        channelNames[stream.index]
    }

    /// The number of the stream of this name, which is added if it is new; `nil` when it is new and ``streamLimit`` is reached.
    package mutating func stream(named name: Span<UInt8>) -> StreamID? {
        let hash = name.nameHash()
        if let known = find(name, hash: hash) { return known }
        // A name that has to be repaired may be known by its repaired text; any other is new, and refusing it must be cheap.
        if count >= streamLimit, isPlain(name) { return nil }
        let text = canonicalText(name)
        return text.withUTF8Span { repaired in
            let hash = repaired.nameHash()
            if let known = find(repaired, hash: hash) { return known }
            guard count < streamLimit else { return nil }
            return add(text, repaired, hash: hash)
        }
    }

    /// The number of the stream of this name, which is added if it is new; `nil` when it is new and ``streamLimit`` is reached.
    package mutating func stream(named name: String) -> StreamID? {
        name.withUTF8Span { stream(named: $0) }
    }

    /// The place of the channel of this name within its stream, which is added if it is new.
    ///
    /// - Parameter hint: the place where it is expected. Where that is right, finding it costs one comparison.
    /// - Returns: `nil` when the channel is new and the stream already has ``channelLimit`` channels.
    package mutating func channel(named name: Span<UInt8>, of stream: StreamID, after hint: Int) -> Int? {
        if let known = findChannel(name, of: stream, hint: hint) { return known }
        if entries[stream.index].channelCount >= Self.channelLimit, isPlain(name) { return nil }
        let text = canonicalText(name)
        return text.withUTF8Span { repaired in
            if let known = findChannel(repaired, of: stream, hint: 0) { return known }
            guard entries[stream.index].channelCount < Self.channelLimit else { return nil }
            return addChannel(text, repaired, to: stream)
        }
    }

    /// The place of the channel of this name within its stream, which is added if it is new; `nil` when it cannot be.
    package mutating func channel(named name: String, of stream: StreamID, after hint: Int) -> Int? {
        name.withUTF8Span { channel(named: $0, of: stream, after: hint) }
    }

    /// Adds a stream that was stored, with its channels in their order; the limit on streams does not hold here.
    ///
    /// The streams are restored in the order of their numbers, before any other is added. A name that is there already,
    /// or more than ``channelLimit`` channels, is a programmer's error: neither leaves this table.
    @discardableResult
    package mutating func restore(name: String, channels: [String]) -> StreamID {
        precondition(channels.count <= Self.channelLimit, "\(name) has \(channels.count) channels, the limit is 64")
        return name.withUTF8Span { bytes in
            let hash = bytes.nameHash()
            precondition(find(bytes, hash: hash) == nil, "the stream \(name) is restored a second time")
            let stream = add(name, bytes, hash: hash)
            for channel in channels {
                channel.withUTF8Span { channelBytes in
                    precondition(
                        findChannel(channelBytes, of: stream, hint: 0) == nil,
                        "the channel \(channel) of \(name) is restored a second time")
                    _ = addChannel(channel, channelBytes, to: stream)
                }
            }
            return stream
        }
    }

    // MARK: Streams

    private func find(_ name: Span<UInt8>, hash: UInt32) -> StreamID? {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        let bytes = nameBytes.span
        while true {
            let number = Int(slots[slot])
            if number == 0 { return nil }
            let candidate = entries[number - 1].name
            if candidate.hash == hash, name.equals(0..<name.count, bytes, candidate.start..<candidate.end) {
                return StreamID(number - 1)
            }
            slot = (slot + 1) & mask
        }
    }

    private mutating func add(_ text: String, _ bytes: Span<UInt8>, hash: UInt32) -> StreamID {
        entries.append(Entry(name: keep(bytes, hash: hash)))
        streamNames.append(text)
        channelNames.append([])
        // At most half of the slots are taken, so that runs of taken ones stay short.
        if entries.count * 2 > slots.count {
            slots = Array(repeating: 0, count: slots.count * 2)
            for index in entries.indices { place(index) }
        } else {
            place(entries.count - 1)
        }
        return StreamID(entries.count - 1)
    }

    private mutating func place(_ index: Int) {
        let mask = slots.count - 1
        var slot = Int(entries[index].name.hash) & mask
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = UInt32(index + 1)
    }

    private mutating func keep(_ bytes: Span<UInt8>, hash: UInt32) -> Name {
        let start = nameBytes.count
        for index in bytes.indices { nameBytes.append(bytes[index]) }
        return Name(start: start, end: nameBytes.count, hash: hash)
    }

    // MARK: Channels

    private func findChannel(_ name: Span<UInt8>, of stream: StreamID, hint: Int) -> Int? {
        let entry = entries[stream.index]
        let bytes = nameBytes.span
        // From the expected place onwards and then around: fields that were left out cost a step each.
        var place = hint >= 0 && hint < entry.channelCount ? hint : 0
        for _ in 0..<entry.channelCount {
            let candidate = channelEntries[entry.channelStart + place]
            if name.equals(0..<name.count, bytes, candidate.start..<candidate.end) { return place }
            place += 1
            if place == entry.channelCount { place = 0 }
        }
        return nil
    }

    private mutating func addChannel(_ text: String, _ bytes: Span<UInt8>, to stream: StreamID) -> Int {
        let name = keep(bytes, hash: 0)
        var entry = entries[stream.index]
        if entry.channelCount == entry.channelCapacity {
            let start = channelEntries.count
            let capacity = max(1, entry.channelCapacity * 2)
            for place in 0..<entry.channelCount { channelEntries.append(channelEntries[entry.channelStart + place]) }
            channelEntries.append(contentsOf: repeatElement(name, count: capacity - entry.channelCount))
            entry.channelStart = start
            entry.channelCapacity = capacity
        } else {
            channelEntries[entry.channelStart + entry.channelCount] = name
        }
        entry.channelCount += 1
        entries[stream.index] = entry
        channelNames[stream.index].append(text)
        return entry.channelCount - 1
    }

    /// Whether a name is certain to be its own text: ASCII without a zero byte.
    private func isPlain(_ name: Span<UInt8>) -> Bool {
        for index in name.indices where name[index] == 0 || name[index] >= 0x80 { return false }
        return true
    }

    private func canonicalText(_ name: Span<UInt8>) -> String {
        let text = name.text(0..<name.count)
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
    }
}

extension String {
    /// Calls `body` with the UTF-8 bytes of the text.
    fileprivate func withUTF8Span<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        body(Array(utf8).span)
    }
}
