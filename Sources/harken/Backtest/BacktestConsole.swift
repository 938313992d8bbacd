import Daemon
import Foundation

/// What a backtest says on standard error: how far it is, and messages.
final class BacktestConsole {
    private let isVerbose: Bool
    private let byteCount: Double
    private var finishedByteCount = 0.0
    private var progress = ProgressBar()

    /// A console for files that have so many bytes together.
    init(isVerbose: Bool, byteCount: Int) {
        self.isVerbose = isVerbose
        self.byteCount = Double(max(1, byteCount))
    }

    /// Shows that so large a share of a file is done.
    func show(_ share: Double, of input: BacktestInput) {
        progress.show((finishedByteCount + share * Double(input.byteCount)) / byteCount, input.name)
    }

    /// Notes that a file is done.
    func finish(_ input: BacktestInput) {
        finishedByteCount += Double(input.byteCount)
    }

    /// Says what people should know.
    func warn(_ message: String) {
        clear()
        FileHandle.standardError.write(Data("harken backtest: \(Phrase.printable(message))\n".utf8))
    }

    /// Says what was learned, to those who ask.
    func explain(_ message: String) {
        if isVerbose { warn(message) }
    }

    /// Takes the progress off the screen.
    func clear() {
        progress.clear()
    }
}
