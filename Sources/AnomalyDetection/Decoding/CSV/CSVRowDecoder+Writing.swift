extension CSVRowDecoder {
    /// Writes the row that was read, unless one of its names will not do.
    mutating func commit(
        _ record: Span<UInt8>, _ fields: Fields, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) throws(LineRejection) -> Row {
        guard let time = fields.time else {
            throw LineRejection(.missingTimestamp, at: 0, expected: "a timestamp")
        }
        if layout.kind == .long, let cell = cells.first, cell.isFaulty {
            throw LineRejection(.badNumber, at: cell.start, expected: "a finite number, or nothing for a missing one")
        }
        if let channel = fields.channel { try Self.checkName(channel, .badChannel) }
        if let stream = fields.stream { try Self.checkName(stream, .badStream) }
        // A row of which nothing can be used does not make a stream.
        guard cells.contains(where: { !$0.isFaulty }) else {
            for cell in cells { rejectCell(cell, of: record, in: &rejections) }
            return .withoutCells
        }
        guard let stream = findStream(record, fields.stream, streams: &streams) else {
            throw LineRejection(
                .tooManyStreams, at: fields.stream?.content.lowerBound ?? 0,
                expected: "a known stream: the table of streams is full")
        }
        if stream != lastStream {
            lastStream = stream
            expectedChannel = 0
            for column in columnChannels.indices { columnChannels[column] = -1 }
        }
        let hasCells: Bool
        if let channel = fields.channel {
            hasCells = commitLong(record, channel, stream, into: &batch, streams: &streams, rejections: &rejections)
        } else {
            hasCells = commitWide(record, stream, into: &batch, streams: &streams, rejections: &rejections)
        }
        guard hasCells else { return .withoutCells }
        batch.endReading(stream: stream, time: time)
        return .reading
    }

    /// Whether any cell was written.
    private mutating func commitWide(
        _ record: Span<UInt8>, _ stream: StreamID, into batch: inout ReadingBatch, streams: inout StreamTable,
        rejections: inout RejectionTally
    ) -> Bool {
        var highest = -1
        for index in cells.indices {
            let cell = cells[index]
            var place = Int(columnChannels[cell.column])
            if cell.isFaulty {
                rejectCell(cell, of: record, in: &rejections)
                // A column of text does not become a channel; a channel's unreadable value is a missing one.
                if place < 0 { continue }
            } else if place < 0 {
                let found = streams.channel(
                    named: columnNames.span.extracting(columnNameRanges[cell.column]), of: stream, after: highest + 1)
                guard let found else {
                    rejectChannel(cell.start, of: record, in: &rejections)
                    continue
                }
                columnChannels[cell.column] = Int32(found)
                place = found
            }
            if place > highest {
                batch.appendCell(channel: place, value: cell.value)
                highest = place
            } else {
                batch.putCell(channel: place, value: cell.value)
            }
        }
        return highest >= 0
    }

    /// Whether the cell was written.
    private mutating func commitLong(
        _ record: Span<UInt8>, _ channel: CSVField, _ stream: StreamID, into batch: inout ReadingBatch,
        streams: inout StreamTable, rejections: inout RejectionTally
    ) -> Bool {
        guard let cell = cells.first else { return false }
        let place: Int?
        if channel.hasDoubledQuotes {
            plainName.removeAll(keepingCapacity: true)
            channel.appendText(of: record, to: &plainName)
            place = streams.channel(named: plainName.span, of: stream, after: expectedChannel)
        } else {
            place = streams.channel(named: record.extracting(channel.content), of: stream, after: expectedChannel)
        }
        guard let place else {
            rejectChannel(channel.content.lowerBound, of: record, in: &rejections)
            return false
        }
        expectedChannel = place + 1
        batch.appendCell(channel: place, value: cell.value)
        return true
    }

    private mutating func findStream(_ record: Span<UInt8>, _ field: CSVField?, streams: inout StreamTable) -> StreamID?
    {
        guard let field else {
            // Without a stream column all rows are of one stream, which is looked up once.
            return lastStream ?? streams.stream(named: defaultStreamName.span)
        }
        guard field.hasDoubledQuotes else { return streams.stream(named: record.extracting(field.content)) }
        plainName.removeAll(keepingCapacity: true)
        field.appendText(of: record, to: &plainName)
        return streams.stream(named: plainName.span)
    }

    private static func checkName(_ field: CSVField, _ reason: RejectionReason) throws(LineRejection) {
        guard !field.content.isEmpty else {
            throw LineRejection(reason, at: field.content.lowerBound, expected: "a name")
        }
        guard field.content.count <= StreamTable.nameByteLimit else {
            throw LineRejection(.nameTooLong, at: field.content.lowerBound, expected: "a name of at most 1024 bytes")
        }
    }

    private func rejectCell(_ cell: Cell, of record: Span<UInt8>, in rejections: inout RejectionTally) {
        rejections.add(
            LineRejection(.badNumber, at: cell.start, expected: "a finite number, or nothing for a missing one"),
            line: record)
    }

    private func rejectChannel(_ start: Int, of record: Span<UInt8>, in rejections: inout RejectionTally) {
        rejections.add(
            LineRejection(.tooManyChannels, at: start, expected: "at most 64 channels in a stream"), line: record)
    }

    // MARK: Headers

    /// Whether a record that is no row is a header: one of its fields has the time column's name or a known one, and none
    /// is a number.
    func headerKind(_ record: Span<UInt8>) -> Row? {
        var index = 0
        var namesTime = false
        while true {
            guard let field = try? CSVField.scan(record, from: index, delimiter: layout.delimiter) else { return nil }
            let content = field.content
            if !content.isEmpty, DecimalNumber.scan(record, from: content.lowerBound, to: content.upperBound) != nil {
                return nil
            }
            if KnownNames.match(record, content)?.role == .time { namesTime = true }
            if let column = roles.firstIndex(of: .time),
                record.equals(content, columnNames.span, columnNameRanges[column])
            {
                namesTime = true
            }
            if field.end >= record.count { break }
            index = field.end + 1
        }
        guard namesTime, let names = try? CSVField.texts(record, delimiter: layout.delimiter) else { return nil }
        return layout.hasHeader && CSVLayout.unique(names) == layout.names ? .repeatedHeader : .otherHeader
    }
}
