import AnomalyDetection
import Foundation
import TestSupport
import Testing

/// Reads the labelled series of real machines, where they are: in the folder that HARKEN_LABELLED_DATA names.
struct LabelledDataDecodingTests {
    @Test(.enabled(if: LabelledSeries.areThere, Comment(rawValue: LabelledSeries.absence)))
    func `every row of every labelled series is a reading with all its channels`() throws {
        let folder = try #require(LabelledSeries.folder)
        let index = try String(contentsOf: folder.appending(path: "index.csv"), encoding: .utf8)
        var options = CSVOptions()
        options.ignoredColumns = ["label"]
        // file,source,channels,rows,…
        let series = index.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
        #expect(series.count > 50)
        for fields in series {
            let bytes = [UInt8](try Data(contentsOf: folder.appending(path: String(fields[0]))))
            var random = RandomCuts(seed: UInt64(bytes.count))
            var decoded = Decoded()
            decoded.csv(bytes, cutAt: random.cuts(of: bytes.count, meanLength: 20_000), options: options)
            #expect(decoded.rejections.total == 0, "\(fields[0]): \(decoded.rejections.firsts)")
            #expect(decoded.batch.count == Int(fields[3]), "\(fields[0])")
            #expect(decoded.batch.values.count == decoded.batch.count * (Int(fields[2]) ?? 0), "\(fields[0])")
            #expect(decoded.batch.times == decoded.batch.times.sorted(), "\(fields[0])")
        }
    }
}
