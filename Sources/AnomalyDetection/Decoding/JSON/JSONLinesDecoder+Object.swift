extension JSONLinesDecoder {
    /// Reads the object that starts at `start` and returns the index behind it.
    mutating func scanObject(_ line: Span<UInt8>, from start: Int, isNested: Bool) throws(LineRejection) -> Int {
        guard start < line.count, line[start] == Ascii.openBrace else {
            throw LineRejection(.badJSON, at: start, expected: "an object in braces")
        }
        var index = JSONScanner.skipWhitespace(line, from: start &+ 1)
        if index < line.count, line[index] == Ascii.closeBrace { return index + 1 }
        while true {
            let key = try JSONScanner.scanText(line, from: index)
            index = JSONScanner.skipWhitespace(line, from: key.end)
            guard index < line.count, line[index] == Ascii.colon else {
                throw LineRejection(.badJSON, at: index, expected: "a colon behind the key")
            }
            index = JSONScanner.skipWhitespace(line, from: index &+ 1)
            guard index < line.count else { throw LineRejection(.badJSON, at: index, expected: "a value") }
            let name = try self.name(line, key, .badChannel)
            let match = isNested ? nil : self.match(line, name)
            index = JSONScanner.skipWhitespace(line, from: try scanMember(line, name, match, from: index, isNested))
            guard index < line.count else {
                throw LineRejection(.badJSON, at: index, expected: "a closing brace")
            }
            if line[index] == Ascii.closeBrace { return index + 1 }
            guard line[index] == Ascii.comma else {
                throw LineRejection(.badJSON, at: index, expected: "a comma or a closing brace")
            }
            index = JSONScanner.skipWhitespace(line, from: index &+ 1)
        }
    }

    /// Reads the value of a key and returns the index behind it.
    private mutating func scanMember(
        _ line: Span<UInt8>, _ name: Name, _ match: KnownNames.Match?, from start: Int, _ isNested: Bool
    ) throws(LineRejection) -> Int {
        switch line[start] {
        case Ascii.quote:
            return try scanTextMember(line, match, from: start)
        case Ascii.openBrace where !isNested && isContainer(line, name):
            return try scanObject(line, from: start, isNested: true)
        case Ascii.openBrace, UInt8(ascii: "["):
            throw LineRejection(
                .nestedValue, at: start, expected: "a number; only values and fields may hold an object")
        case UInt8(ascii: "t"):
            return try take(1, name, match, start, JSONScanner.scanLiteral(line, from: start, .isTrue), isLiteral: true)
        case UInt8(ascii: "f"):
            return try take(
                0, name, match, start, JSONScanner.scanLiteral(line, from: start, .isFalse), isLiteral: true)
        case UInt8(ascii: "n"):
            let end = try JSONScanner.scanLiteral(line, from: start, .null)
            // A time or stream that is null is as good as absent.
            if match?.role == .time || match?.role == .stream { return end }
            return try take(.nan, name, match, start, end, isLiteral: true)
        default:
            let number = try JSONScanner.scanNumber(line, from: start)
            if match?.role == .time {
                try setTime(line, start..<number.end, rank: match?.rank ?? 0)
                return number.end
            }
            if match?.role == .stream {
                try setStream(Name(range: start..<number.end, isUnescaped: false), rank: match?.rank ?? 0, at: start)
                return number.end
            }
            guard number.value.isFinite else {
                throw LineRejection(.badNumber, at: start, expected: "a number that a 64-bit float can hold")
            }
            return try take(number.value, name, match, start, number.end, isLiteral: false)
        }
    }

    /// Takes a number, boolean or null as a channel's value.
    private mutating func take(
        _ value: Double, _ name: Name, _ match: KnownNames.Match?, _ start: Int, _ end: Int, isLiteral: Bool
    ) throws(LineRejection) -> Int {
        switch match?.role {
        case .time:
            throw LineRejection(.badTimestamp, at: start, expected: "an ISO 8601 time or a number")
        case .stream:
            throw LineRejection(.badStream, at: start, expected: "the stream's name as a text or a number")
        case .value:
            try checkUnique(object.valueRank, match?.rank ?? 0, at: start)
            if let rank = match?.rank, rank < object.valueRank {
                // A second value under a lesser name is a channel like others, and so is the one it takes the place of.
                if let old = object.valueName, let oldValue = object.value {
                    pending.append(name: old.range, isUnescaped: old.isUnescaped, value: oldValue)
                }
                object.value = value
                object.valueName = name
                object.valueRank = rank
                return end
            }
        case .channel, nil: break
        }
        pending.append(name: name.range, isUnescaped: name.isUnescaped, value: value)
        return end
    }

    /// Takes a text as the time, the stream or the channel's name; any other cannot be measured.
    private mutating func scanTextMember(
        _ line: Span<UInt8>, _ match: KnownNames.Match?, from start: Int
    ) throws(LineRejection) -> Int {
        let text = try JSONScanner.scanText(line, from: start)
        guard let match else {
            noteUnsupported(at: start)
            return text.end
        }
        switch match.role {
        case .time: try setTime(line, line.trimming(text.content), rank: match.rank)
        case .stream: try setStream(try name(line, text, .badStream), rank: match.rank, at: start)
        case .channel:
            try checkUnique(object.channelRank, match.rank, at: start)
            if match.rank < object.channelRank {
                object.channel = try name(line, text, .badChannel)
                object.channelRank = match.rank
            }
        case .value: noteUnsupported(at: start)
        }
        return text.end
    }

    private mutating func setTime(_ line: Span<UInt8>, _ range: Range<Int>, rank: Int) throws(LineRejection) {
        try checkUnique(object.timeRank, rank, at: range.lowerBound)
        guard rank < object.timeRank else { return }
        guard let time = TimestampText.parse(line, range) else {
            throw LineRejection(
                .badTimestamp, at: range.lowerBound, expected: "an ISO 8601 time or a number of seconds, ms, µs or ns")
        }
        object.time = time
        object.timeRank = rank
    }

    private mutating func setStream(_ name: Name, rank: Int, at index: Int) throws(LineRejection) {
        try checkUnique(object.streamRank, rank, at: index)
        guard rank < object.streamRank else { return }
        object.stream = name
        object.streamRank = rank
    }

    private func checkUnique(_ rank: Int, _ newRank: Int, at index: Int) throws(LineRejection) {
        if rank == newRank { throw LineRejection(.duplicateKey, at: index, expected: "each known key once") }
    }

    // MARK: Names

    /// The name that a string gives, its escapes replaced.
    private mutating func name(
        _ line: Span<UInt8>, _ text: JSONScanner.Text, _ reason: RejectionReason
    ) throws(LineRejection) -> Name {
        guard !text.content.isEmpty else {
            throw LineRejection(reason, at: text.content.lowerBound, expected: "a name that is not empty")
        }
        guard text.content.count <= StreamTable.nameByteLimit else {
            throw LineRejection(.nameTooLong, at: text.content.lowerBound, expected: "a name of at most 1024 bytes")
        }
        guard text.hasEscapes else { return Name(range: text.content, isUnescaped: false) }
        let start = pending.unescaped.count
        JSONScanner.unescape(line, text, into: &pending.unescaped)
        return Name(range: start..<pending.unescaped.count, isUnescaped: true)
    }

    private func match(_ line: Span<UInt8>, _ name: Name) -> KnownNames.Match? {
        name.isUnescaped ? KnownNames.match(pending.unescaped.span, name.range) : KnownNames.match(line, name.range)
    }

    /// Whether a key is `values` or `fields`.
    private func isContainer(_ line: Span<UInt8>, _ name: Name) -> Bool {
        guard !name.isUnescaped, name.range.count == 6 else { return false }
        var word: UInt64 = 0
        for index in name.range { word = word << 8 | UInt64(line[index]) }
        return word == 0x7661_6C75_6573 || word == 0x6669_656C_6473
    }
}
