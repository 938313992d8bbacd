/// Counts rejections by reason and keeps the first of each kind with its text.
///
/// Counting does not allocate; keeping a first does.
package struct RejectionTally: Sendable {
    /// The first rejection of its kind.
    package struct First: Equatable, Sendable, CustomStringConvertible {
        /// What was wrong and what was expected; its column counts from the start of the line, not of ``text``.
        package var rejection: LineRejection
        /// The line around the fault, at most ``RejectionTally/textByteLimit`` bytes of it, control bytes escaped.
        package var text: String

        package var description: String {
            "\(rejection): \(text)"
        }
    }

    /// So many bytes of a line are kept.
    package static let textByteLimit = 160

    /// The first rejection of each kind that occurred, in the order in which they occurred.
    package private(set) var firsts: [First] = []
    /// How many of ``firsts`` were already taken.
    private var takenCount = 0
    private var counts = Array(repeating: 0, count: RejectionReason.inOrder.count)

    /// A tally of nothing.
    package init() {}

    /// How often this reason occurred.
    package func count(of reason: RejectionReason) -> Int {
        counts[reason.index]
    }

    /// How many rejections there were in all, of lines and of fields.
    package var total: Int {
        counts.reduce(0, +)
    }

    /// The reasons that occurred and how often, in the order of ``RejectionReason``.
    package var countsByReason: [(reason: RejectionReason, count: Int)] {
        RejectionReason.inOrder.map { ($0, counts[$0.index]) }.filter { $0.1 > 0 }
    }

    /// Counts a rejection of, or in, this line.
    package mutating func add(_ rejection: LineRejection, line: Span<UInt8>) {
        let index = rejection.reason.index
        counts[index] += 1
        if counts[index] == 1 {
            firsts.append(First(rejection: rejection, text: Self.excerpt(of: line, around: rejection.column)))
        }
    }

    /// Adds what another tally counted; its firsts count as new where this tally had none of their kind.
    package mutating func add(contentsOf other: RejectionTally) {
        for first in other.firsts where counts[first.rejection.reason.index] == 0 { firsts.append(first) }
        for index in counts.indices { counts[index] += other.counts[index] }
    }

    /// The firsts that no earlier call returned: those to be logged.
    package mutating func takeNew() -> [First] {
        defer { takenCount = firsts.count }
        return Array(firsts[takenCount...])
    }

    /// The part of a line that is worth showing: its start, or what surrounds a fault that lies far in.
    private static func excerpt(of line: Span<UInt8>, around column: Int) -> String {
        var start = 0
        if line.count > textByteLimit, column > textByteLimit / 2 {
            start = min(column - textByteLimit / 2, line.count - textByteLimit)
        }
        let end = min(line.count, start + textByteLimit)
        var bytes: [UInt8] = []
        for index in start..<end {
            switch line[index] {
            case Ascii.newline: bytes.append(contentsOf: "\\n".utf8)
            case Ascii.carriageReturn: bytes.append(contentsOf: "\\r".utf8)
            case Ascii.tab: bytes.append(contentsOf: "\\t".utf8)
            case let control where control < 0x20 || control == 0x7F:
                bytes.append(contentsOf: "\\x".utf8)
                if control < 0x10 { bytes.append(Ascii.zero) }
                bytes.append(contentsOf: String(control, radix: 16).utf8)
            case let byte: bytes.append(byte)
            }
        }
        // The text goes to a log and perhaps a terminal: the C1 controls, which UTF-8 hides behind 0xC2, go as well.
        let text = String(
            String.UnicodeScalarView(
                String(decoding: bytes, as: UTF8.self).unicodeScalars.map {
                    (0x80...0x9F).contains($0.value) ? "\u{FFFD}" : $0
                }))
        return (start > 0 ? "…" : "") + text + (end < line.count ? "…" : "")
    }
}
