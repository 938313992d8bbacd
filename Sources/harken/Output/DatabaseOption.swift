import ArgumentParser
import Foundation

/// `--database FILE`, which all commands that look into the database have.
struct DatabaseOption: ParsableArguments {
    private static let systemPath = "/var/lib/harken/harken.db"
    private static let localPath = "harken.db"

    @Option(
        help: ArgumentHelp(
            "The database file; by default \(localPath) in this directory, or \(systemPath) where only that exists.",
            valueName: "file"))
    var database: String?

    /// The database file.
    var path: String {
        if let database { return database }
        let files = FileManager.default
        return !files.fileExists(atPath: Self.localPath) && files.fileExists(atPath: Self.systemPath)
            ? Self.systemPath : Self.localPath
    }
}
