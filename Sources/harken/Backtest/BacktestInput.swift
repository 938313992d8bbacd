import Daemon
import Foundation

/// A file of `harken backtest`, or standard input.
final class BacktestInput {
    private static let chunkByteCount = 1 << 18

    /// The file as it was named on the command line.
    let path: String
    /// Its size; 0 where that is not known.
    let byteCount: Int
    private var handle: FileHandle?

    init(path: String) {
        self.path = path
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        byteCount = (attributes?[.size] as? Int) ?? 0
    }

    /// The name of the file without its folders.
    var name: String { path == "-" ? "standard input" : URL(filePath: path).lastPathComponent }

    /// The next bytes; nil at the end of the file.
    func read() throws(BacktestFailure) -> [UInt8]? {
        do {
            let handle = try self.handle ?? open()
            self.handle = handle
            guard let chunk = try handle.read(upToCount: Self.chunkByteCount), !chunk.isEmpty else {
                if path != "-" { try handle.close() }
                self.handle = nil
                return nil
            }
            return [UInt8](chunk)
        } catch {
            let cause = error as NSError
            let underlying = (cause.userInfo[NSUnderlyingErrorKey] as? NSError) ?? cause
            throw .unreadable("the file cannot be read: \(underlying.localizedDescription)")
        }
    }

    private func open() throws -> FileHandle {
        path == "-" ? .standardInput : try FileHandle(forReadingFrom: URL(filePath: path))
    }
}
