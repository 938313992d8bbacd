import AnomalyDetection
import Foundation
import Testing

struct CSVPeerTests {
    /// A row of `peers/csv_peer.py`.
    private struct Row: Decodable {
        var stream: String
        var time: Int64
        var channel: String
        var bits: UInt64?

        var expected: DecodedReading {
            DecodedReading(stream, time, [.init(channel, bits.map { Double(bitPattern: $0) } ?? .nan)])
        }
    }

    // Where the two differ on purpose, the generator keeps out of the way: Python takes text behind a closing quote as
    // part of the field, and a lone carriage return as the end of a row, and keeps blanks around a bare field.
    @Test(arguments: UInt64(1)...10)
    func `CSV reads as Python's csv module reads it`(seed: UInt64) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "harken-csv-\(UUID().uuidString).csv")
        defer { try? FileManager.default.removeItem(at: file) }
        let outcome = try PeerScript(name: "csv_peer.py").run(["\(seed)", "10000", file.path])
        guard case .lines(let lines) = outcome else {
            if case .unavailable(let why) = outcome { print("skipped: \(why)") }
            return
        }
        let decoder = JSONDecoder()
        let expected = try lines.map { try decoder.decode(Row.self, from: Data($0.utf8)).expected }
        let bytes = [UInt8](try Data(contentsOf: file))
        var random = RandomCuts(seed: seed)

        var decoded = Decoded()
        decoded.csv(bytes, cutAt: random.cuts(of: bytes.count, meanLength: 700))

        let readings = decoded.readings
        #expect(readings.count == expected.count)
        #expect(expected.count > 9_000)
        for (ours, peer) in zip(readings, expected) where ours != peer {
            Issue.record("the peer has \(peer), Harken has \(ours)")
            break
        }
        // All rows but the header and the empty ones were either read or counted.
        #expect(readings.count + decoded.rejections.total == 10_000)
    }
}
