import Foundation
import Glibc

/// Where text goes, and whether it may be colored.
struct Terminal {
    /// How a piece of text stands out.
    enum Style: String {
        case plain = ""
        case dim = "2"
        case bold = "1"
        case alarm = "1;31"
    }

    /// Whether colors are used.
    let isColored: Bool

    /// Standard output: colored on a terminal, unless `NO_COLOR` is set to anything (no-color.org) or `TERM` is `dumb`.
    static let standardOutput: Terminal = {
        let environment = ProcessInfo.processInfo.environment
        let isWanted = (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        return Terminal(isColored: isWanted && isatty(STDOUT_FILENO) == 1)
    }()

    /// The text with the codes that make it stand out.
    func styled(_ text: String, _ style: Style) -> String {
        isColored && style != .plain ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
