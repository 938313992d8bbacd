import Daemon
import Foundation
import Glibc

/// How far a long command has come, on standard error, and only where that is a terminal.
struct ProgressBar {
    private static let width = 40

    private let isShown: Bool
    private let clock = ContinuousClock()
    private var lastShown: ContinuousClock.Instant?

    /// A bar that is not on the screen yet. It stays dark where `isShown` is false or standard error is no terminal.
    init(isShown: Bool = true) {
        self.isShown = isShown && isatty(STDERR_FILENO) == 1
    }

    /// Shows that so large a share is done and what is being done, ten times a second at most.
    mutating func show(_ share: Double, _ label: String = "") {
        let now = clock.now
        guard isShown, lastShown.map({ now - $0 > .milliseconds(100) }) ?? true else { return }
        lastShown = now
        let share = min(max(share, 0), 1)
        let filled = Int(Double(Self.width) * share)
        let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: Self.width - filled)
        let text = label.isEmpty ? "" : " " + Phrase.printable(label)
        FileHandle.standardError.write(Data("\r\u{1B}[K[\(bar)] \(Int(100 * share)) %\(text)".utf8))
    }

    /// Takes the bar off the screen; the next ``show(_:_:)`` brings it back.
    mutating func clear() {
        guard isShown, lastShown != nil else { return }
        lastShown = nil
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}
