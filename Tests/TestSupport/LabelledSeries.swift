package import Foundation

/// A real labelled series, which the licenses do not let the project carry: a CSV in a folder with `index.csv`.
package struct LabelledSeries {
    /// Where the series are: in the folder that HARKEN_LABELLED_DATA names, or where it names none beside the package; nil where there
    /// are none.
    package static let folder: URL? = {
        let named = ProcessInfo.processInfo.environment["HARKEN_LABELLED_DATA"].map { URL(filePath: $0) }
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let beside = package.deletingLastPathComponent().appending(path: "shared/data/labelled")
        let folder = named ?? beside
        return FileManager.default.fileExists(atPath: folder.appending(path: "index.csv").path()) ? folder : nil
    }()

    /// Whether there is such a folder; tests that need it are skipped otherwise.
    package static var areThere: Bool { folder != nil }
    /// What a skipped test says.
    package static let absence = "no labelled data: set HARKEN_LABELLED_DATA to the folder with index.csv"

    /// The number of channels.
    package let channelCount: Int
    /// The number of rows.
    package let rowCount: Int
    /// The values, (rows × channels), without the time in the first column and the label in the last.
    package let values: [Double]

    /// Whether each row is labelled as abnormal.
    package let isLabelled: [Bool]

    /// The rows of a series that may be trained on, by the index; nil where it does not name the series.
    package static func trainRows(of name: String) throws -> Int? {
        let index = try String(contentsOf: (folder ?? URL(filePath: ".")).appending(path: "index.csv"), encoding: .utf8)
        let lines = index.split(whereSeparator: \.isNewline).map { $0.split(separator: ",") }
        guard let column = lines.first?.firstIndex(of: "train_rows") else { return nil }
        return lines.first { $0.first == Substring("\(name).csv") }.flatMap { Int($0[column]) }
    }

    /// Reads a series; throws where its file cannot be read.
    package init(_ name: String) throws {
        let folder = Self.folder ?? URL(filePath: ".")
        let text = try String(contentsOf: folder.appending(path: "\(name).csv"), encoding: .utf8)
        let lines = text.split(whereSeparator: \.isNewline).dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        let rows = lines.map { cells in cells.dropFirst().dropLast().map { Double($0) ?? .nan } }
        isLabelled = lines.map { ($0.last.flatMap { Double($0) } ?? 0) != 0 }
        channelCount = rows.first?.count ?? 0
        rowCount = rows.count
        values = rows.flatMap { $0 }
    }

    /// The values of one channel in the first rows.
    package func column(_ channel: Int, rows: Int) -> [Double] {
        (0..<rows).map { values[$0 * channelCount + channel] }
    }
}
