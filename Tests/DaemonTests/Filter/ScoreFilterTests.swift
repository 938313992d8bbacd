import AnomalyDetection
import Daemon
import Testing

struct ScoreFilterTests {
    /// Gathers what a filter writes.
    private final class Sink {
        var bytes: [UInt8] = []
    }

    /// The lines that the filter writes for an input that comes in pieces of a size, each cut into its fields.
    private func filtered(_ lines: [String], pieceByteCount: Int = 10_000) -> [[String]] {
        var options = ScoreFilter.Options()
        options.trainRows = 400
        let sink = Sink()
        var filter = ScoreFilter(options, write: { sink.bytes += $0 }, warn: { _ in })
        let bytes = Array(lines.joined(separator: "\n").utf8)
        for start in Swift.stride(from: 0, to: bytes.count, by: pieceByteCount) {
            filter.feed(Array(bytes[start..<min(start + pieceByteCount, bytes.count)]).span)
        }
        filter.finish()
        return String(decoding: sink.bytes, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    @Test(arguments: [64, 999, 100_000]) func `how the input is cut into pieces makes no difference`(size: Int) {
        let lines = SampleHistory(rows: 900, seed: 1).wide(isLabelled: false)
        let output = filtered(lines, pieceByteCount: size)
        #expect(output == filtered(lines))
        #expect(output.count == lines.count)
        #expect(output.dropFirst(401).allSatisfy { Float($0[5]) != nil })
    }

    @Test func `a row that is older than the newest has no score, and changes no other`() {
        let sound = SampleHistory(rows: 900, seed: 2).wide(isLabelled: false)
        var lines = sound
        lines.insert(sound[700], at: 751)
        let output = filtered(lines)
        #expect(output[751][5].isEmpty && output[751][6] == "0")
        var rest = output
        rest.remove(at: 751)
        #expect(rest == filtered(sound))
        #expect(Float(rest[700][5]) != nil)
    }
}
