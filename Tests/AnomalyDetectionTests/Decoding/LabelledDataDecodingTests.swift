import AnomalyDetection
import Foundation
import Testing

/// Reads the labelled series of real machines, where they are: in the folder that HARKEN_LABELLED_DATA names.
struct LabelledDataDecodingTests {
    private static var folder: URL {
        if let path = ProcessInfo.processInfo.environment["HARKEN_LABELLED_DATA"] { return URL(filePath: path) }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return package.deletingLastPathComponent().appending(path: "shared/data/labelled")
    }

    @Test func `every row of every labelled series is a reading with all its channels`() throws {
        guard let index = try? String(contentsOf: Self.folder.appending(path: "index.csv"), encoding: .utf8) else {
            print("skipped: no index.csv in \(Self.folder.path); set HARKEN_LABELLED_DATA to the folder that has it")
            return
        }
        var options = CSVOptions()
        options.ignoredColumns = ["label"]
        // file,source,channels,rows,…
        let series = index.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
        #expect(series.count > 50)
        for fields in series {
            let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: String(fields[0]))))
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
