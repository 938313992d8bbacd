import AnomalyDetection

/// A CSV file, read to its end: its streams with their readings and labels.
struct LabelledHistory {
    /// The names of streams and channels.
    let names = SharedStreamTable(StreamTable())
    /// The streams, in the order in which they appear.
    private(set) var streams: [LabelledStream] = []

    private var layout: CSVLayout?
    private var label: LabelColumn?
    private var failure: BacktestFailure?
    private var rowCount = 0

    /// Reads the pieces that `next` gives until it gives none.
    ///
    /// The column of the labels is no channel: the detector never sees it. Rows that cannot be read are left out, which `warn`
    /// is told.
    init(
        options: Backtest.Options, next: () throws(BacktestFailure) -> [UInt8]?, warn: (String) -> Void
    ) throws(BacktestFailure) {
        var csv = options.csv
        csv.ignoredColumns.formUnion(options.labels.map { [$0] } ?? LabelColumn.knownNames)
        var rows = CSVRowReader(options: csv, names: names)
        while let chunk = try next() {
            rows.feed(chunk.span) { row, bytes in note(row, bytes, labels: options.labels) }
            take(&rows)
            if let failure { throw failure }
        }
        rows.finish { row, bytes in note(row, bytes, labels: options.labels) }
        take(&rows)
        if let failure { throw failure }
        if let failure = rows.layoutFailure { throw .layout(failure) }
        for rejection in rows.takeRejections() { warn("left out: \(rejection)") }
        if streams.isEmpty { throw .noReadings }
    }

    /// The labels of the readings that are decoded and not yet with their streams.
    private var pendingLabels: [Bool] = []

    private mutating func note(_ row: CSVRowReader.Row, _ record: Span<UInt8>, labels: String?) {
        switch row {
        case .layout(let layout):
            self.layout = layout
            attempt { history throws(BacktestFailure) in
                history.label = try LabelColumn(named: labels, among: layout.hasHeader ? layout.names : [])
            }
            // A first row that is a reading as well comes again as such, and is counted then.
            if layout.hasHeader { rowCount += 1 }
        case .reading:
            rowCount += 1
            var isAnomalous = false
            attempt { history throws(BacktestFailure) in
                guard let label = history.label, let layout = history.layout else { return }
                isAnomalous = try label.isAnomalous(record, layout: layout, row: history.rowCount)
            }
            pendingLabels.append(isAnomalous)
        case .unreadable, .blank:
            rowCount += 1
        }
    }

    /// Keeps the first failure: reading goes on to the end of the chunk, because rows come through a closure that cannot throw.
    private mutating func attempt(_ body: (inout LabelledHistory) throws(BacktestFailure) -> Void) {
        guard failure == nil else { return }
        do throws(BacktestFailure) {
            try body(&self)
        } catch {
            failure = error
        }
    }

    /// Puts what was decoded to its streams.
    private mutating func take(_ rows: inout CSVRowReader) {
        for index in 0..<rows.batch.count {
            let stream = rows.batch.streams[index]
            while streams.count <= stream.index {
                streams.append(LabelledStream(id: StreamID(streams.count), isLabelled: label != nil))
            }
            streams[stream.index].append(
                index, of: rows.batch, isAnomalous: pendingLabels[index], mayContinue: layout?.kind == .long)
        }
        rows.batch.removeAll()
        pendingLabels.removeAll(keepingCapacity: true)
    }
}
