package import AnomalyDetection

/// Reads CSV and writes every row again, in order, with the score, whether an alert is firing, and the expected values.
///
/// It is the daemon's detector on a file: the same decoder, the same engine, the same training, carried out in line. Rows of
/// the warm-up, and rows whose time is not later than the stream's newest, have an empty score.
package struct ScoreFilter {
    /// What a user says about the input and the detector.
    package struct Options: Sendable {
        /// How the CSV is read.
        package var csv = CSVOptions()
        /// The detector's settings.
        package var settings = DetectorSettings()
        /// The model is fitted to the first so many readings of each stream, and to nothing later; nil does as the daemon
        /// does, without the retraining that a schedule asks for.
        package var trainRows: Int?
        /// Models to score with, by the stream's name; nothing is trained where there are any.
        package var models: [String: LiveModel] = [:]
        /// Whether the settled score is added too; a row then leaves once its reading has settled.
        package var isSettled = false
        /// Whether denoised values are added too; a row then leaves once no later window covers its reading.
        package var isDenoised = false

        /// The defaults.
        package init() {}
    }

    /// Rows that are decoded before the detector sees them.
    private static let batchRows = 4_096
    /// Rows that wait for settled scores, at most: those of a stream that has stopped must not hold up all others for ever.
    private static let unsettledLimit = 65_536

    private let write: ([UInt8]) -> Void
    private let warn: (String) -> Void
    private var rows: CSVRowReader
    private let detector: InlineDetector
    private var records: PendingRecords

    /// A filter that hands finished rows to `write` and messages for people to `warn`.
    package init(_ options: Options, write: @escaping ([UInt8]) -> Void, warn: @escaping (String) -> Void) {
        self.write = write
        self.warn = warn
        records = PendingRecords(
            hasSettledColumn: options.isSettled, hasDenoisedColumns: options.isDenoised)
        let names = SharedStreamTable(StreamTable())
        rows = CSVRowReader(options: options.csv, names: names)
        detector = InlineDetector(
            settings: options.settings, trainRows: options.trainRows, models: options.models, names: names,
            wantsExpected: true, wantsDenoised: options.isDenoised, warn: warn)
    }

    /// What is wrong with the header, if so; nothing is scored then.
    package var headerFailure: CSVLayoutFailure? { rows.layoutFailure }

    /// Takes the next bytes of the input.
    package mutating func feed(_ chunk: Span<UInt8>) {
        rows.feed(chunk) { row, bytes in Self.note(row, bytes, in: &records, write) }
        if records.newCount >= Self.batchRows { flush() }
    }

    /// Ends the input: everything that is left is scored and written.
    package mutating func finish() {
        rows.finish { row, bytes in Self.note(row, bytes, in: &records, write) }
        flush()
        detector.finish { output in Self.resolve(output, of: detector, in: &records) }
        records.resolveRest()
        emit()
    }

    private static func note(
        _ row: CSVRowReader.Row, _ bytes: Span<UInt8>, in records: inout PendingRecords, _ write: ([UInt8]) -> Void
    ) {
        switch row {
        case .layout(let layout):
            records.start(layout: layout)
            if layout.hasHeader { write(records.header(bytes)) }
        case .reading(let stream, let time): records.append(bytes, .reading(stream, time))
        case .unreadable: records.append(bytes, .unscored)
        case .blank: records.append(bytes, .verbatim)
        }
    }

    private mutating func flush() {
        detector.detect(rows.batch) { output in Self.resolve(output, of: detector, in: &records) }
        rows.batch.removeAll()
        records.resolveUnmatched { [detector] stream, time in detector.isAssembling(stream, at: time) }
        emit()
        guard records.count > Self.unsettledLimit else { return }
        let olderHalf = records.count / 2
        detector.settleWaiting { output in
            Self.settle(output, in: &records, before: olderHalf)
        }
        emit()
    }

    private static func resolve(
        _ output: DetectionOutput, of detector: InlineDetector, in records: inout PendingRecords
    ) {
        for row in output.rows + output.scoredLater {
            records.resolve(
                row, expected: Array(detector.expected(of: row, in: output)), willSettle: detector.settles(row.stream))
        }
        settle(output, in: &records)
    }

    private static func settle(
        _ output: DetectionOutput, in records: inout PendingRecords, before limit: Int = .max
    ) {
        for row in output.settled { records.settle(row, before: limit) }
        for row in output.denoised {
            let values = output.denoisedValues[row.start..<(row.start + row.count)]
            records.denoise(row, values: values, before: limit)
        }
    }

    private mutating func emit() {
        let bytes = records.takeFinished(rows: rows.decoder)
        if !bytes.isEmpty { write(bytes) }
        for rejection in rows.takeRejections() { warn(rejection) }
    }
}
