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

        /// The defaults.
        package init() {}
    }

    /// Rows that are decoded before the engine sees them.
    private static let batchRows = 4_096

    private let options: Options
    private let settings: DetectorSettings
    private let write: ([UInt8]) -> Void
    private let warn: (String) -> Void
    private var scanner: CSVRecordScanner
    private var rows: CSVRowDecoder?
    private var layoutFailure: CSVLayoutFailure?
    private let names: SharedStreamTable
    private let engine: DetectionEngine
    private var batch = ReadingBatch()
    private var output = DetectionOutput()
    private var records = PendingRecords()
    private var histories: [InlineHistory] = []
    private var rejections = RejectionTally()

    /// A filter that hands finished rows to `write` and messages for people to `warn`.
    package init(_ options: Options, write: @escaping ([UInt8]) -> Void, warn: @escaping (String) -> Void) {
        self.options = options
        self.write = write
        self.warn = warn
        var settings = options.settings
        if let rows = options.trainRows {
            settings.warmUpReadings = rows
            settings.historyReadings = max(settings.historyReadings, rows)
            settings.retrainEvery = nil
        } else {
            // The growth to the autoencoder belongs to learning; a schedule does not.
            settings.retrainEvery = .max
        }
        self.settings = settings
        scanner = CSVRecordScanner(delimiter: options.csv.delimiter)
        let table = SharedStreamTable(StreamTable())
        names = table
        engine = DetectionEngine(settings: settings) { stream in table.withTable { $0.channels(of: stream) } }
        engine.wantsExpected = true
    }

    /// What is wrong with the header, if so; nothing is scored then.
    package var headerFailure: CSVLayoutFailure? { layoutFailure }

    /// Takes the next bytes of the input.
    package mutating func feed(_ chunk: Span<UInt8>) {
        var taken = CSVRecordScanner(delimiter: options.csv.delimiter)
        swap(&taken, &scanner)
        taken.scan(chunk) { scanner, bytes, record in read(bytes, record, &scanner) }
        scanner = taken
        if records.newCount >= Self.batchRows { flush() }
    }

    /// Ends the input: everything that is left is scored and written.
    package mutating func finish() {
        var taken = CSVRecordScanner(delimiter: options.csv.delimiter)
        swap(&taken, &scanner)
        taken.finish { scanner, bytes, record in read(bytes, record, &scanner) }
        flush()
        engine.completeReadings(into: &output)
        settle()
        records.resolveRest()
        emit()
        for line in rejections.takeNew().map(\.description) { warn(line) }
    }

    // MARK: Reading

    private mutating func read(
        _ bytes: Span<UInt8>, _ record: CSVRecordScanner.Record, _ scanner: inout CSVRecordScanner
    ) {
        let content = bytes.extracting(0..<record.contentByteCount)
        if let rejection = record.rejection {
            rejections.add(rejection, line: content)
            records.append(content, .unscored)
            return
        }
        do throws(LineRejection) {
            if rows == nil {
                guard start(content, &scanner) else { return }
                if rows?.layout.hasHeader ?? true { return }
            }
            let before = batch.count
            let row = try names.withTable { table throws(LineRejection) in
                try rows?.decode(content, into: &batch, streams: &table, rejections: &rejections)
            }
            switch row {
            case .reading where batch.count > before:
                records.append(content, .reading(batch.streams[before], batch.times[before]))
            case .blank, .repeatedHeader:
                records.append(content, .verbatim)
            default:
                records.append(content, .unscored)
            }
        } catch {
            rejections.add(error, line: content)
            records.append(content, .unscored)
        }
    }

    /// Takes the layout from the first record and writes the header with the added columns.
    private mutating func start(_ record: Span<UInt8>, _ scanner: inout CSVRecordScanner) -> Bool {
        guard layoutFailure == nil, record.count > 0 else { return false }
        do throws(CSVLayoutFailure) {
            let layout = try CSVLayout(firstRecord: record, options: options.csv)
            scanner.delimiter = layout.delimiter
            rows = CSVRowDecoder(layout: layout)
            records.start(layout: layout)
            if layout.hasHeader { write(records.header(record)) }
            return true
        } catch {
            layoutFailure = error
            return false
        }
    }

    // MARK: Scoring

    private mutating func flush() {
        if !options.models.isEmpty { installModels() }
        engine.ingest(batch, into: &output)
        batch.removeAll()
        settle()
        emit()
        for rejection in rejections.takeNew() { warn(rejection.description) }
    }

    /// Streams that were seen for the first time get their models.
    private mutating func installModels() {
        while engine.streamCount < names.withTable({ $0.count }) {
            let stream = StreamID(engine.streamCount)
            let (name, channels) = names.withTable { ($0.name(of: stream), $0.channels(of: stream)) }
            let model = options.models[name] ?? (options.models.count == 1 ? options.models.first?.value : nil)
            if model == nil { warn("the database has no model for stream \(name); its rows are not scored") }
            engine.resume(
                stream, from: .scoringOnly(channelCount: model?.model.channelCount ?? channels.count),
                readings: TrainingHistory(channelCount: channels.count), live: model, scheduled: nil, into: &output)
        }
    }

    /// Carries out the trainings that the engine asks for until it asks for none, and notes every row's score.
    private mutating func settle() {
        while true {
            note(output)
            let requests = output.trainingRequests
            output.removeAll()
            guard let request = requests.first, options.models.isEmpty else { break }
            for request in requests { engine.install(train(request), into: &output) }
            _ = request
        }
        records.resolveUnmatched { [engine] stream, time in engine.assemblingTime(of: stream) == time }
    }

    private mutating func note(_ output: DetectionOutput) {
        for row in output.rows {
            while histories.count <= row.stream.index {
                histories.append(InlineHistory(limit: settings.historyReadings))
            }
            histories[row.stream.index].append(
                output.values[row.valueStart..<(row.valueStart + row.valueCount)], at: row.time,
                isAlerting: row.isAlerting)
            records.resolve(row, expected: expected(of: row, in: output))
        }
        for row in output.scoredLater {
            histories[row.stream.index].setAlerting(row.isAlerting, at: row.time)
            records.resolve(row, expected: expected(of: row, in: output))
        }
    }

    private func expected(of row: DetectionOutput.Row, in output: DetectionOutput) -> [Double] {
        guard row.expectedStart >= 0, let live = engine.liveModel(of: row.stream) else { return [] }
        let end = min(row.expectedStart + live.model.channelCount, output.expected.count)
        return Array(output.expected[row.expectedStart..<end])
    }

    private func train(_ request: TrainingRequest) -> TrainingResult {
        let history = histories[request.stream.index].history(through: request.throughTime)
        let live = engine.liveModel(of: request.stream)
        do {
            let outcome = try ModelTrainer(settings: settings).train(on: history, live: live?.model, seed: request.seed)
            let name = names.withTable { $0.name(of: request.stream) }
            warn(
                "stream \(name): \(outcome.decision.verdict.rawValue) after \(request.throughReading) readings: "
                    + outcome.decision.reason)
            guard outcome.decision.verdict == .promoted, let candidate = outcome.candidate else {
                return TrainingResult(request: request, promoted: nil, reason: outcome.decision.reason)
            }
            for choice in candidate.choices { warn("  \(choice)") }
            return TrainingResult(request: request, promoted: LiveModel(id: 1, model: candidate))
        } catch {
            return TrainingResult(request: request, promoted: nil, reason: "\(error)")
        }
    }

    private mutating func emit() {
        let bytes = records.takeFinished(rows: rows)
        if !bytes.isEmpty { write(bytes) }
    }
}
