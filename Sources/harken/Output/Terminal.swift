import Foundation
import Glibc

/// Where text goes, how much of it fits into a line, and whether it may be colored.
struct Terminal {
    /// How a piece of text stands out.
    enum Style: String {
        case plain = ""
        case dim = "2"
        case bold = "1"
        case alarm = "1;31"
        case green = "32"
        case blue = "34"
    }

    private static let usualWidth = 80
    private static let widths = 40...160

    /// Whether colors are used.
    let isColored: Bool
    /// Whether it shows more than ASCII.
    let isUnicode: Bool
    /// The characters of a line.
    let width: Int

    /// Standard output: colored on a terminal, unless `NO_COLOR` is set to anything (no-color.org) or `TERM` is `dumb`; more than
    /// ASCII where the locale says UTF-8; as wide as the terminal, as `COLUMNS` says where it is none, or 80 characters.
    static let standardOutput: Terminal = {
        let environment = ProcessInfo.processInfo.environment
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let isWanted = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        // The first of these that says anything counts (POSIX).
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let encoding = locale.uppercased().replacingOccurrences(of: "-", with: "")
        let width = (isTerminal ? terminalWidth : nil) ?? environment["COLUMNS"].flatMap { Int($0) } ?? usualWidth
        return Terminal(
            isColored: isWanted && isTerminal, isUnicode: encoding.hasSuffix("UTF8"),
            width: min(max(width, widths.lowerBound), widths.upperBound))
    }()

    private static var terminalWidth: Int? {
        var size = winsize()
        // SAFETY: for this request the kernel writes one `winsize` through the pointer, during the call only.
        let code = unsafe withUnsafeMutablePointer(to: &size) { place in
            unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), place)
        }
        return code == 0 && size.ws_col > 0 ? Int(size.ws_col) : nil
    }

    /// The text with the codes that make it stand out.
    func styled(_ text: String, _ style: Style) -> String {
        isColored && style != .plain ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
