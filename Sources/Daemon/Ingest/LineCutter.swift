/// Cuts text that comes in chunks of any size where a line ends, and keeps the beginning of a line for the next chunk.
///
/// JSON lines end at every newline. In line protocol a newline within a quoted string belongs to the line.
struct LineCutter {
    private enum Place {
        case lineStart
        case comment
        /// In measurement and tags.
        case series
        /// In fields and timestamp.
        case fields
        case quoted
    }

    /// A line of which this much has come without an end is not one that anybody meant to send.
    private let lineByteLimit: Int
    private let knowsQuotes: Bool
    private var pending: [UInt8] = []
    /// So much of `pending` was looked at.
    private var scannedCount = 0
    /// Up to here `pending` consists of whole lines.
    private var wholeCount = 0
    private var place = Place.lineStart
    private var isEscaped = false
    private var isAfterEquals = false

    init(knowsQuotes: Bool, lineByteLimit: Int = 65_536) {
        self.knowsQuotes = knowsQuotes
        self.lineByteLimit = lineByteLimit
    }

    /// Adds a chunk and hands out the whole lines that are there by then, if any.
    ///
    /// A line beyond the limit is handed out unfinished, up to its last newline where it has one in quotes: what is
    /// wrong with
    /// it is then for the decoder to say.
    mutating func append(_ chunk: Span<UInt8>, _ body: (Span<UInt8>) -> Void) {
        pending.reserveCapacity(pending.count + chunk.count)
        for index in 0..<chunk.count { pending.append(chunk[index]) }
        scan()
        if pending.count - wholeCount > lineByteLimit { giveUpLine() }
        guard wholeCount > 0 else { return }
        body(pending.span.extracting(0..<wholeCount))
        pending.removeFirst(wholeCount)
        scannedCount -= wholeCount
        wholeCount = 0
    }

    /// Hands out what is left when the input has ended.
    mutating func finish(_ body: (Span<UInt8>) -> Void) {
        if !pending.isEmpty { body(pending.span) }
        self = LineCutter(knowsQuotes: knowsQuotes, lineByteLimit: lineByteLimit)
    }

    private mutating func scan() {
        while scannedCount < pending.count {
            let byte = pending[scannedCount]
            scannedCount += 1
            if byte == UInt8(ascii: "\n"), place != .quoted {
                wholeCount = scannedCount
                place = .lineStart
                isEscaped = false
                isAfterEquals = false
            } else if knowsQuotes {
                advance(byte)
            }
        }
    }

    private mutating func advance(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
            return
        }
        let wasAfterEquals = isAfterEquals
        isAfterEquals = false
        switch (place, byte) {
        case (.comment, _): break
        case (.lineStart, UInt8(ascii: "#")): place = .comment
        case (.lineStart, UInt8(ascii: " ")), (.lineStart, UInt8(ascii: "\t")), (.lineStart, UInt8(ascii: "\r")): break
        case (.lineStart, _):
            place = .series
            isEscaped = byte == UInt8(ascii: "\\")
        case (_, UInt8(ascii: "\\")): isEscaped = true
        case (.series, UInt8(ascii: " ")): place = .fields
        case (.fields, UInt8(ascii: "=")): isAfterEquals = true
        case (.fields, UInt8(ascii: "\"")) where wasAfterEquals: place = .quoted
        case (.quoted, UInt8(ascii: "\"")): place = .fields
        case (.series, _), (.fields, _), (.quoted, _): break
        }
    }

    private mutating func giveUpLine() {
        let newline = pending[wholeCount...].lastIndex(of: UInt8(ascii: "\n"))
        wholeCount = newline.map { $0 + 1 } ?? pending.count
        // What follows is looked at afresh, as the decoder will do.
        scannedCount = wholeCount
        place = .lineStart
        isEscaped = false
        isAfterEquals = false
        scan()
    }
}
