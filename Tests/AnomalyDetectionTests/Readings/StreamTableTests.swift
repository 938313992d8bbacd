import AnomalyDetection
import Testing

extension StreamTable {
    /// The same with bytes in an array, because the macros of the tests cannot hold a span.
    fileprivate mutating func stream(named name: [UInt8]) -> StreamID? {
        stream(named: name.span)
    }

    fileprivate mutating func channel(named name: [UInt8], of stream: StreamID, after hint: Int) -> Int? {
        channel(named: name.span, of: stream, after: hint)
    }
}

struct StreamTableTests {
    @Test func `streams are numbered in the order in which they are first seen`() {
        var table = StreamTable()
        #expect(table.stream(named: "pump") == StreamID(0))
        #expect(table.stream(named: "motor") == StreamID(1))
        #expect(table.stream(named: "pump") == StreamID(0))
        #expect(table.streamNames == ["pump", "motor"])
        #expect(table.name(of: StreamID(1)) == "motor")
        #expect(table.count == 2)
    }

    @Test func `a name in bytes and the same name in text are one stream`() throws {
        var table = StreamTable()
        let name = "Pumpe für Öl 😀"
        let bytes = Array(name.utf8)
        let streamFound = table.stream(named: bytes)
        let stream = try #require(streamFound)
        #expect(table.stream(named: name) == stream)
        #expect(table.channel(named: bytes, of: stream, after: 0) == 0)
        #expect(table.channel(named: name, of: stream, after: 0) == 0)
    }

    @Test func `a new stream beyond the limit is refused and the known ones stay`() {
        var table = StreamTable(streamLimit: 2)
        #expect(table.stream(named: "a") != nil)
        #expect(table.stream(named: "b") != nil)
        #expect(table.stream(named: "c") == nil)
        #expect(table.stream(named: "b") == StreamID(1))
        #expect(table.count == 2)
    }

    @Test func `the sixty-fifth channel of a stream is refused and other streams are not affected`() throws {
        var table = StreamTable()
        let streamFound = table.stream(named: "wide")
        let stream = try #require(streamFound)
        for place in 0..<64 { #expect(table.channel(named: "c\(place)", of: stream, after: place) == place) }
        #expect(table.channel(named: "c64", of: stream, after: 64) == nil)
        #expect(table.channel(named: "c63", of: stream, after: 0) == 63)
        let otherFound = table.stream(named: "other")
        let other = try #require(otherFound)
        #expect(table.channel(named: "c64", of: other, after: 0) == 0)
    }

    @Test(arguments: [-1, 0, 1, 2, 3, 99])
    func `a channel is found whatever the hint`(hint: Int) throws {
        var table = StreamTable()
        let streamFound = table.stream(named: "s")
        let stream = try #require(streamFound)
        for (place, name) in ["a", "bb", "ccc"].enumerated() {
            #expect(table.channel(named: name, of: stream, after: place) == place)
        }
        #expect(table.channel(named: "a", of: stream, after: hint) == 0)
        #expect(table.channel(named: "bb", of: stream, after: hint) == 1)
        #expect(table.channel(named: "ccc", of: stream, after: hint) == 2)
        #expect(table.channels(of: stream) == ["a", "bb", "ccc"])
    }

    @Test func `names that begin alike are told apart`() {
        var table = StreamTable()
        let names = (0...20).map { String(repeating: "x", count: $0) } + ["12345678", "123456789", "12345678a"]
        let streams = names.map { table.stream(named: $0) }
        #expect(Set(streams.compactMap { $0 }).count == names.count)
        #expect(names.map { table.stream(named: $0) } == streams)
    }

    @Test func `a restored table goes on where the stored one stopped`() throws {
        var stored = StreamTable()
        for name in ["a", "b", "c"] {
            let streamFound = stored.stream(named: name)
            let stream = try #require(streamFound)
            for channel in 0..<5 { _ = stored.channel(named: "\(name)\(channel)", of: stream, after: channel) }
        }

        var restored = StreamTable()
        for (name, channels) in zip(stored.streamNames, stored.channelNames) {
            restored.restore(name: name, channels: channels)
        }

        #expect(restored.streamNames == stored.streamNames)
        #expect(restored.channelNames == stored.channelNames)
        #expect(restored.stream(named: "b") == StreamID(1))
        #expect(restored.channel(named: "b3", of: StreamID(1), after: 0) == 3)
        #expect(restored.stream(named: "d") == StreamID(3))
        #expect(restored.channel(named: "new", of: StreamID(1), after: 0) == 5)
    }

    @Test func `a name that cannot be stored goes by its repaired text, in bytes and from the database`() throws {
        var table = StreamTable()
        let broken: [UInt8] = [0x70, 0xFF, 0x00, 0x71]
        let streamFound = table.stream(named: broken)
        let stream = try #require(streamFound)
        #expect(table.name(of: stream) == "p\u{FFFD}\u{FFFD}q")
        #expect(table.stream(named: broken) == stream)
        #expect(table.channel(named: broken, of: stream, after: 0) == 0)
        #expect(table.channel(named: broken, of: stream, after: 0) == 0)

        var restored = StreamTable()
        restored.restore(name: table.name(of: stream), channels: table.channels(of: stream))
        #expect(restored.stream(named: broken) == StreamID(0))
        #expect(restored.channel(named: broken, of: StreamID(0), after: 0) == 0)
    }

    @Test(arguments: UInt64(1)...4)
    func `many streams and channels keep their numbers`(seed: UInt64) {
        var table = StreamTable()
        var random = RandomCuts(seed: seed)
        var numbers: [String: StreamID] = [:]
        var places: [String: Int] = [:]
        for _ in 0..<50_000 {
            let name = "stream \(random.index(below: 20_000))"
            guard let stream = table.stream(named: name) else {
                Issue.record("the table is not full")
                return
            }
            #expect(numbers.updateValue(stream, forKey: name) ?? stream == stream)
            let channel = "c\(random.index(below: 9))"
            let place = table.channel(named: channel, of: stream, after: random.index(below: 9))
            let known = places.updateValue(place ?? -1, forKey: "\(name)/\(channel)")
            #expect(place != nil && (known == nil || known == place))
        }
        #expect(table.count == numbers.count)
        #expect(table.channelNames.reduce(0) { $0 + $1.count } == places.count)
    }
}
