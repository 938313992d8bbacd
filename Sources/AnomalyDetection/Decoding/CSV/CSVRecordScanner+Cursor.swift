extension CSVRecordScanner {
    /// Where the scanner is within a record: the state machine of RFC 4180's quotes. Indices of the record count from its
    /// first byte, wherever the chunks are cut.
    struct Cursor: Sendable {
        private enum State: Sendable {
            case fieldStart
            case unquoted
            case quoted
            /// Behind a quote inside a quoted field: it closed the field unless another follows.
            case quoteInQuoted
            /// Behind a closing quote and a carriage return.
            case returnAfterQuote
            /// The record is known to be malformed and runs to the next newline.
            case faulty
            /// The record was too long and its start was handed out.
            case discarding
        }

        /// What a look at some bytes came to; indices are those of the bytes unless said otherwise.
        enum Step {
            /// The record ends in front of this index.
            case complete(end: Int)
            /// The rest of a record that was too long ends in front of this index.
            case discarded(end: Int)
            /// A quoted field is at fault, and the line in which it began ends in front of `lineEnd`, an index of the record.
            /// The bytes were looked at up to `scanned`.
            case spoiled(lineEnd: Int, scanned: Int, LineRejection)
            /// The record is as long as it may be, at this index, and not complete.
            case tooLong(end: Int)
            /// All bytes were looked at.
            case needsMore
        }

        private var state = State.fieldStart
        /// The start of the quoted field, in the record.
        private var quoteStart = 0
        /// The first newline inside the quoted field, in the record.
        private(set) var newlineInQuotes: Int?
        /// Why the record is malformed.
        private(set) var fault: LineRejection?

        var isInQuotes: Bool { state == .quoted }
        var isDiscarding: Bool { state == .discarding }

        var unterminatedQuote: LineRejection {
            LineRejection(.unterminatedQuote, at: quoteStart, expected: "a closing quote")
        }

        /// What follows, to the next newline, belongs to a record that was handed out already.
        mutating func discardRest() { state = .discarding }

        /// The field that has begun has no quotes.
        mutating func skipUnquoted() { state = .unquoted }

        /// Looks at the bytes from `start` on. The record began at `recordStart`, which is negative for one carried over.
        mutating func advance(
            _ bytes: Span<UInt8>, from start: Int, recordStart: Int, limit: Int, delimiter: UInt8?
        ) -> Step {
            var index = start
            let limitEnd = state == .discarding ? Int.max : recordStart + limit
            let end = min(bytes.count, limitEnd)
            while index < end {
                switch state {
                case .fieldStart:
                    if bytes[index] == Ascii.quote {
                        openQuote(at: index - recordStart)
                        index += 1
                    } else {
                        state = .unquoted
                    }
                case .unquoted:
                    let found = bytes.first(Ascii.newline, or: Ascii.quote, from: index, to: end)
                    let followsDelimiter = found > index && Self.isDelimiter(bytes[found - 1], delimiter)
                    if found == end {
                        if followsDelimiter { state = .fieldStart }
                        index = end
                    } else if bytes[found] == Ascii.newline {
                        return .complete(end: found + 1)
                    } else {
                        if followsDelimiter { openQuote(at: found - recordStart) }
                        index = found + 1
                    }
                case .quoted:
                    index = advanceQuoted(bytes, from: index, to: end, recordStart: recordStart)
                case .quoteInQuoted, .returnAfterQuote:
                    if let step = advanceBehindQuote(bytes[index], at: index, recordStart, delimiter) { return step }
                    index += 1
                case .faulty:
                    index = bytes.first(Ascii.newline, from: index, to: end)
                    if index < end { return .complete(end: index + 1) }
                case .discarding:
                    index = bytes.first(Ascii.newline, from: index, to: end)
                    if index < end {
                        state = .fieldStart
                        return .discarded(end: index + 1)
                    }
                }
            }
            guard end == limitEnd else { return .needsMore }
            if state == .quoted, let newline = newlineInQuotes {
                return .spoiled(lineEnd: newline + 1, scanned: end, unterminatedQuote)
            }
            return .tooLong(end: end)
        }

        private mutating func openQuote(at place: Int) {
            state = .quoted
            quoteStart = place
            newlineInQuotes = nil
        }

        private mutating func advanceQuoted(
            _ bytes: Span<UInt8>, from start: Int, to end: Int, recordStart: Int
        ) -> Int {
            var index = start
            if newlineInQuotes == nil {
                index = bytes.first(Ascii.newline, or: Ascii.quote, from: index, to: end)
                if index < end, bytes[index] == Ascii.newline { newlineInQuotes = index - recordStart }
            }
            index = bytes.first(Ascii.quote, from: index, to: end)
            guard index < end else { return end }
            state = .quoteInQuoted
            return index + 1
        }

        private mutating func advanceBehindQuote(
            _ byte: UInt8, at index: Int, _ recordStart: Int, _ delimiter: UInt8?
        ) -> Step? {
            if byte == Ascii.newline { return .complete(end: index + 1) }
            if state == .quoteInQuoted {
                if byte == Ascii.quote {
                    state = .quoted
                    return nil
                }
                if Self.isDelimiter(byte, delimiter) {
                    state = .fieldStart
                    return nil
                }
                if byte == Ascii.carriageReturn {
                    state = .returnAfterQuote
                    return nil
                }
            }
            let rejection = LineRejection(
                .badQuote, at: index - recordStart, expected: "the end of the field behind its closing quote")
            if let newline = newlineInQuotes {
                return .spoiled(lineEnd: newline + 1, scanned: index, rejection)
            }
            state = .faulty
            fault = rejection
            return nil
        }

        private static func isDelimiter(_ byte: UInt8, _ delimiter: UInt8?) -> Bool {
            if let delimiter { return byte == delimiter }
            return byte == Ascii.comma || byte == Ascii.semicolon || byte == Ascii.tab
        }
    }
}
