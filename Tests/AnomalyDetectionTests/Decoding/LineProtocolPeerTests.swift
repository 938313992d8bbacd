import AnomalyDetection
import Foundation
import Testing

struct LineProtocolPeerTests {
    /// A case of `peers/line_protocol_peer.py`.
    private struct Case: Decodable {
        struct Reading: Decodable {
            var stream: String
            var time: Int64?
            var cells: [Cell]
        }
        struct Cell: Decodable {
            var key: String
            var bits: UInt64

            init(from decoder: any Decoder) throws {
                var container = try decoder.unkeyedContainer()
                key = try container.decode(String.self)
                bits = try container.decode(UInt64.self)
            }
        }
        var line: String
        var reading: Reading?

        /// The peer's reading as ours would be, channels by name because their order is no part of the comparison.
        var expected: [DecodedReading] {
            guard let reading else { return [] }
            let cells = reading.cells.map { DecodedReading.Cell($0.key, Double(bitPattern: $0.bits)) }
            return [
                DecodedReading(
                    reading.stream, reading.time ?? Decoded.receivedAt.nanoseconds,
                    cells.sorted { $0.channel < $1.channel })
            ]
        }
    }

    /// Where the two differ on purpose, and why.
    private enum Disagreement: String, CaseIterable {
        /// The peer refuses what strtod calls out of range, also where that means too small; Influx, like us, rounds to
        /// the nearest float, which is subnormal or zero.
        case underflow
        /// A key given twice: the peer's list runs backwards, so that the first value wins; in Influx and here the last does,
        /// and a text is not a value.
        case repeatedFieldKey
        /// The peer lets quotes open and close anywhere in a value (`"a"b"c"`); the documentation has one string, whose
        /// inner quotes are escaped, and we take no other.
        case quoteInsideString
        /// The peer ends a line at a bare carriage return; for Influx and us only a newline does, and `\r` in front of it.
        case bareCarriageReturn
        /// The peer takes one line at a time and refuses a newline in it outside a string; we are given all lines at once, for
        /// us it starts another line.
        case newlineOutsideString
        /// The peer takes a line that begins with `#` for a point when it has a newline further on; a comment is a comment.
        case commentWithNewline
    }

    private func decoded(_ text: String) -> [DecodedReading] {
        var decoded = Decoded()
        decoded.lines(text)
        return decoded.readings.map { reading in
            DecodedReading(reading.stream, reading.nanoseconds, reading.cells.sorted { $0.channel < $1.channel })
        }
    }

    private func disagreement(_ line: String, _ peer: [DecodedReading], _ ours: [DecodedReading]) -> Disagreement? {
        let scalars = Array(line.unicodeScalars)
        if peer.isEmpty, let reading = ours.first, ours.count == 1, !line.unicodeScalars.contains("\n"),
            reading.cells.contains(where: { abs(Double(bitPattern: $0.bits)) < Double.leastNormalMagnitude })
        {
            return .underflow
        }
        if let theirs = peer.first, let reading = ours.first, ours.count == 1, theirs.stream == reading.stream,
            theirs.nanoseconds == reading.nanoseconds
        {
            // Wherever they differ, the line has the key twice.
            let differing = (theirs.cells + reading.cells).filter {
                !theirs.cells.contains($0) || !reading.cells.contains($0)
            }
            if differing.allSatisfy({ line.components(separatedBy: "\($0.channel)=").count > 2 }) {
                return .repeatedFieldKey
            }
        }
        let isComment = scalars.first { $0 != " " && $0 != "\t" } == "#"
        if isComment, scalars.contains("\n") { return .commentWithNewline }
        if !peer.isEmpty, scalars.filter({ $0 == "\"" }).count >= 3 { return .quoteInsideString }
        if peer.isEmpty, scalars.dropLast().contains("\r") { return .bareCarriageReturn }
        if peer.isEmpty, scalars.contains("\n") { return .newlineOutsideString }
        return nil
    }

    @Test(arguments: [UInt64(1), 2])
    func `line protocol reads as PyPI's line-protocol-parser reads it`(seed: UInt64) throws {
        let outcome = try PeerScript(name: "line_protocol_peer.py").run(["\(seed)", "50000"])
        guard case .lines(let lines) = outcome else {
            if case .unavailable(let why) = outcome { print("skipped: \(why)") }
            return
        }
        #expect(lines.count == 50_000)
        let decoder = JSONDecoder()
        var counts: [Disagreement: Int] = [:]
        var agreedReadings = 0
        var separate: [(line: String, readings: [DecodedReading])] = []
        for text in lines {
            let peerCase = try decoder.decode(Case.self, from: Data(text.utf8))
            let ours = decoded(peerCase.line)
            if !peerCase.line.contains("\""), !peerCase.line.unicodeScalars.contains("\n") {
                separate.append((peerCase.line, ours))
            }
            let peer = peerCase.expected
            if ours == peer {
                agreedReadings += peer.count
                continue
            }
            if let reason = disagreement(peerCase.line, peer, ours) {
                counts[reason, default: 0] += 1
            } else {
                Issue.record("\(peerCase.line.debugDescription): the peer has \(peer), Harken has \(ours)")
            }
        }
        checkTogether(separate)
        print(
            "line protocol, seed \(seed): \(agreedReadings) equal readings, \(counts.map { "\($0.key.rawValue) \($0.value)" }.sorted())"
        )
        #expect(agreedReadings > 20_000)
        // Disagreements are the exception that the generator provokes; more would mean that one hides a fault.
        #expect(counts.values.reduce(0, +) < 2_000)
    }

    /// Lines without quotes, good and bad, read in one datagram as they do one by one: none harms another.
    private func checkTogether(_ lines: [(line: String, readings: [DecodedReading])]) {
        #expect(lines.count > 10_000)
        // No more lines at a time than keep a stream whose name is short, and so is drawn often, below 64 channels.
        for start in stride(from: 0, to: lines.count, by: 200) {
            let some = lines[start..<min(start + 200, lines.count)]
            let together = decoded(some.map(\.line).joined(separator: "\n"))
            let separate = some.flatMap(\.readings)
            guard
                let place = (0..<max(together.count, separate.count)).first(where: {
                    $0 >= together.count || $0 >= separate.count || together[$0] != separate[$0]
                })
            else { continue }
            Issue.record("reading \(place) of lines \(start)... differs: \(together.dropFirst(place).prefix(1))")
        }
    }
}
