import Foundation

/// Real labelled series, which the licences do not let the project carry: a folder with `index.csv` and a CSV a series.
enum LabelledData {
    /// Where they are, named by HARKEN_LABELLED_DATA, or where that names nothing beside the package; nil where there are none.
    static let folder: URL? = {
        let named = ProcessInfo.processInfo.environment["HARKEN_LABELLED_DATA"].map { URL(filePath: $0) }
        let beside = Shell.packageRoot.deletingLastPathComponent().appending(path: "shared/data/labelled")
        let folder = named ?? beside
        return FileManager.default.fileExists(atPath: folder.appending(path: "index.csv").path()) ? folder : nil
    }()

    /// Whether there is such a folder; tests that need it are skipped otherwise.
    static var isThere: Bool { folder != nil }
    /// What a skipped test says.
    static let absence = "no labelled data: set HARKEN_LABELLED_DATA to the folder with index.csv"

    /// The file of a series.
    static func path(_ name: String) -> String {
        folder?.appending(path: "\(name).csv").path() ?? name
    }

    /// A series as rows of named fields.
    static func rows(_ text: String) -> [[String: String]] {
        let lines = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        guard let header = lines.first else { return [] }
        return lines.dropFirst().map { fields in
            Dictionary(zip(header.map { String($0) }, fields.map { String($0) })) { first, _ in first }
        }
    }
}
