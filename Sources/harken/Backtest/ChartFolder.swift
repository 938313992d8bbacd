import ArgumentParser
import Foundation

/// The folder into which charts are written.
final class ChartFolder {
    private let folder: URL
    private var names: Set<String> = []

    /// Makes the folder where there is none.
    init(path: String) throws {
        folder = URL(filePath: path, directoryHint: .isDirectory)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw Self.failure("cannot make the folder \(path)", error)
        }
    }

    /// Writes a chart of a file, or of a stream of it: `history.csv` becomes `history.svg`, or `history-pump-1.svg`. Where files
    /// of several folders have one name, the later ones get a number behind it.
    func write(_ chart: String, file: String, stream: String?) throws {
        let stem = (file.hasSuffix(".csv") ? String(file.dropLast(4)) : file) + (stream.map { "-" + $0 } ?? "")
        // A stream's name comes from the data and must not lead out of the folder.
        let safe = String(stem.map { $0 == "/" || $0 == "\0" || $0.isNewline ? "_" : $0 })
        var name = "\(safe).svg"
        var number = 1
        while !names.insert(name).inserted {
            number += 1
            name = "\(safe)-\(number).svg"
        }
        do {
            try Data(chart.utf8).write(to: folder.appending(path: name), options: .atomic)
        } catch {
            throw Self.failure("cannot write \(folder.appending(path: name).path())", error)
        }
    }

    private static func failure(_ text: String, _ error: any Error) -> ExitCode {
        let cause = error as NSError
        let underlying = (cause.userInfo[NSUnderlyingErrorKey] as? NSError) ?? cause
        FileHandle.standardError.write(Data("harken backtest: \(text): \(underlying.localizedDescription)\n".utf8))
        return ExitCode(73)  // EX_CANTCREAT
    }
}
