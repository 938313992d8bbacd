import Foundation

/// Runs `body` with a file of this name and content, in a directory of its own that is removed afterwards.
func withTemporaryFile<Result>(_ name: String, _ content: String, _ body: (URL) throws -> Result) throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appending(path: name)
    try Data(content.utf8).write(to: file)
    return try body(file)
}
