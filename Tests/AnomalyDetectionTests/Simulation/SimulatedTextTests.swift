import AnomalyDetection
import Foundation
import Testing

struct SimulatedTextTests {
    /// A plan in which a value is missing, one negative, and one large.
    private func plan(kinds: [MachineKind], streamCount: Int) throws -> SimulationPlan {
        var plan = SimulationPlan.small(kinds: kinds, streamCount: streamCount, rowCount: 50)
        let names = kinds[0].channels.map(\.name)
        try plan.inject(text: "dropout@10s:\(plan.streamNames[0]).\(names[1])+5s")
        try plan.inject(text: "level_shift@20s:\(plan.streamNames[0]).\(names[2])+5s*-1000")
        try plan.inject(text: "unit_change@30s:\(plan.streamNames[0]).\(names[0])+5s*100000")
        return plan
    }

    @Test(arguments: [1, 3]) func `wide text says what the simulator says`(streamCount: Int) throws {
        let plan = try plan(kinds: [.pump], streamCount: streamCount)
        let lines = try text(plan, .wide).split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        let streamColumn = streamCount > 1 ? ["stream"] : []
        #expect(
            lines[0].map(String.init) == ["timestamp"] + streamColumn + [
                "temperature", "pressure", "vibration", "flow",
            ])
        let expected = readings(plan, seed: 9)
        #expect(lines.count == 1 + 50 * streamCount)
        for (index, line) in lines.dropFirst().enumerated() {
            let (row, stream) = index.quotientAndRemainder(dividingBy: streamCount)
            #expect(line[0] == "2026-01-01T00:00:\(row < 10 ? "0" : "")\(row)Z")
            if streamCount > 1 { #expect(line[1] == plan.streamNames[stream]) }
            expectEqual(
                line.suffix(4).map { $0.isEmpty ? .nan : Double($0) }, expected[row][(4 * stream)..<(4 * stream + 4)])
        }
    }

    @Test func `long text has a line for each value that is there`() throws {
        let plan = try plan(kinds: [.motor, .room], streamCount: 2)
        var values: [String: Double] = [:]
        for line in try text(plan, .long).split(separator: "\n").dropFirst() {
            let fields = line.split(separator: ",")
            values[fields[..<3].joined(separator: ",")] = Double(fields[3])
        }
        try expectEqual(values, plan)
    }

    @Test func `JSON text is one object a line, with null for what is missing`() throws {
        let plan = try plan(kinds: [.motor, .room], streamCount: 2)
        var values: [String: Double] = [:]
        var nullCount = 0
        for line in try text(plan, .json).split(separator: "\n") {
            let object = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let (time, stream) = try (#require(object["timestamp"] as? String), #require(object["stream"] as? String))
            #expect(object.count == 6)
            for (name, value) in object where name != "timestamp" && name != "stream" {
                if value is NSNull { nullCount += 1 } else { values["\(time),\(stream),\(name)"] = value as? Double }
            }
        }
        #expect(nullCount == 5)
        try expectEqual(values, plan)
    }

    @Test func `line protocol has the stream as measurement and nanoseconds at the end`() throws {
        let plan = try plan(kinds: [.motor, .room], streamCount: 2)
        var values: [String: Double] = [:]
        for line in try text(plan, .lineProtocol).split(separator: "\n") {
            let parts = line.split(separator: " ")
            #expect(parts.count == 3)
            let nanoseconds = try #require(Int64(parts[2]))
            for field in parts[1].split(separator: ",") {
                let pair = field.split(separator: "=")
                let time = TimestampFormat.text(Timestamp(nanoseconds: nanoseconds))
                values["\(time),\(parts[0]),\(pair[0])"] = Double(pair[1])
            }
        }
        try expectEqual(values, plan)
    }

    @Test func `a reading without any value is no line of line protocol`() throws {
        var plan = SimulationPlan.small(kinds: [.pump], streamCount: 1, rowCount: 3)
        for channel in 0..<4 {
            try plan.inject(SimulatedFault(shape: .dropout, stream: 0, channel: channel, rows: 1..<2))
        }
        let lines = try text(plan, .lineProtocol).split(separator: "\n")
        #expect(lines.count == 2)
    }

    @Test(arguments: SimulationLayout.allCases, [1, 7, 1000])
    func `text is the same however it is taken`(layout: SimulationLayout, readingLimit: Int) throws {
        let plan = try plan(kinds: [.room], streamCount: 3)
        var source = try SimulatedText(plan: plan, seed: 9, layout: layout)
        var bytes: [UInt8] = []
        source.appendHeader(to: &bytes)
        var total = 0
        while true {
            var piece: [UInt8] = []
            let count = source.append(readingLimit: readingLimit, byteLimit: 500, to: &piece)
            if count == 0 { break }
            #expect(count <= readingLimit)
            #expect(piece.last == UInt8(ascii: "\n"))
            bytes += piece
            total += count
        }
        #expect(total == 150)
        let whole = try text(plan, layout)
        #expect(String(decoding: bytes, as: UTF8.self) == whole)
    }

    @Test func `the wide layout is refused for streams of several kinds`() {
        #expect(throws: SimulationFailure.mixedColumns) {
            try SimulatedText(plan: .small(streamCount: 3, rowCount: 1), seed: 1, layout: .wide)
        }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
            (4_107_542_399_500_000_000, "2100-02-28T23:59:59.500Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00Z"),
            (1_767_225_600_000_001_000, "2026-01-01T00:00:00.000001Z"),
            (.max, "2262-04-11T23:47:16.854775807Z"),
            (.min, "1677-09-21T00:12:43.145224192Z"),
        ] as [(Int64, String)])
    func `times are written in ISO 8601`(nanoseconds: Int64, text: String) {
        #expect(TimestampFormat.text(Timestamp(nanoseconds: nanoseconds)) == text)
    }

    @Test(arguments: UInt64(1)...20) func `datagrams are whole lines, all of them, and within the limit`(seed: UInt64) {
        var state = seed
        var bytes: [UInt8] = []
        for _ in 0..<200 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes += Array(repeating: UInt8(ascii: "x"), count: Int(state >> 58)) + [UInt8(ascii: "\n")]
        }
        let datagrams = DatagramPacking.datagrams(in: bytes, byteLimit: 100)
        #expect(datagrams.first?.lowerBound == 0 && datagrams.last?.upperBound == bytes.count)
        for (datagram, next) in zip(datagrams, datagrams.dropFirst()) {
            #expect(datagram.upperBound == next.lowerBound)
            let nextLineEnd = bytes[next.lowerBound...].firstIndex(of: UInt8(ascii: "\n")) ?? 0
            #expect(nextLineEnd + 1 - datagram.lowerBound > 100, "another line would have fitted")
        }
        #expect(datagrams.allSatisfy { $0.count <= 100 && bytes[$0.upperBound - 1] == UInt8(ascii: "\n") })
    }

    @Test func `a line over the limit has a datagram of its own, and an unfinished line goes along`() {
        let bytes = Array("a\nbbbbbbbbbbbb\nc\nd".utf8)
        #expect(DatagramPacking.datagrams(in: bytes, byteLimit: 5) == [0..<2, 2..<15, 15..<18])
        #expect(DatagramPacking.datagrams(in: [], byteLimit: 5).isEmpty)
    }

    private func text(_ plan: SimulationPlan, _ layout: SimulationLayout) throws -> String {
        var source = try SimulatedText(plan: plan, seed: 9, layout: layout)
        var bytes: [UInt8] = []
        source.appendHeader(to: &bytes)
        while source.append(readingLimit: .max, byteLimit: .max, to: &bytes) > 0 {}
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Compares values by time, stream and channel with those of the simulator, to the last bit.
    private func expectEqual(_ values: [String: Double], _ plan: SimulationPlan) throws {
        var expected: [String: Double] = [:]
        for (row, readings) in readings(plan, seed: 9).enumerated() {
            for (cell, value) in readings.enumerated() where !value.isNaN {
                let (stream, channel) = cell.quotientAndRemainder(dividingBy: MachineKind.channelCount)
                let name = plan.channels(of: stream)[channel].name
                expected["\(TimestampFormat.text(plan.time(of: row))),\(plan.streamNames[stream]),\(name)"] = value
            }
        }
        #expect(expected.count == 50 * 8 - 5)
        #expect(values == expected)
    }

    private func expectEqual(_ values: [Double?], _ expected: ArraySlice<Double>) {
        for (value, expected) in zip(values, expected) {
            #expect(value == expected || value?.isNaN == true && expected.isNaN)
        }
    }
}
