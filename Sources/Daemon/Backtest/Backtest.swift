package import AnomalyDetection

/// Runs the daemon's detector over labelled history and measures how well it did.
///
/// The model of a stream is fitted to the first part of its readings and then scores the rest, reading after reading, as it
/// would live; only that rest is measured.
package struct Backtest {
    /// What a user says about the input and the detector.
    package struct Options: Sendable {
        /// How the CSV is read.
        package var csv = CSVOptions()
        /// The detector's settings.
        package var settings = DetectorSettings()
        /// The name of the column with the labels; nil takes one of ``LabelColumn/knownNames`` if there is one.
        package var labels: String?
        /// So many readings of each stream are learned from; nil chooses, see ``trainRows(of:)``.
        package var trainRows: Int?
        /// Other false-alarm budgets for which alerts are measured as well, where there are labels.
        package var budgets: [AnomalyDetection.FalseAlarmBudget] = []
        /// Whether the detector learns as the daemon does, from the first reading on and again and again, and is measured from
        /// its first score on.
        package var learnsAsLive = false
        /// Whether a chart is drawn of each stream.
        package var wantsCharts = false

        /// The defaults.
        package init() {}
    }

    /// What became of one stream of a file.
    package struct StreamOutcome: Sendable {
        /// The stream's name.
        package let stream: String
        /// The measurement, or why there is none.
        package let result: Result<BacktestResult, BacktestFailure>
        /// The chart as SVG, where one was asked for.
        package let chart: String?
    }

    private let options: Options

    /// A backtest with these options.
    package init(_ options: Options) {
        self.options = options
    }

    /// Reads one CSV file to its end and measures each of its streams.
    ///
    /// `title` is what a chart is headed with. `next` gives the bytes of the file, piece by piece, and nothing at its end;
    /// `progress` is told the share of the file that is done. `warn` takes what people should know, `explain` what was learned,
    /// for those who ask. Throws what is wrong with the file as a whole.
    package func run(
        title: String, next: () throws(BacktestFailure) -> [UInt8]?, progress: (Double) -> Void,
        warn: (String) -> Void, explain: @escaping (String) -> Void
    ) throws(BacktestFailure) -> [StreamOutcome] {
        let history = try LabelledHistory(options: options, next: next, warn: warn)
        var outcomes: [StreamOutcome] = []
        let readingCount = Double(max(1, history.streams.reduce(0) { $0 + $1.times.count }))
        var done = 0.0
        // A machine that was always well tells about false alerts, as long as another one of the file was not.
        let needsEvents = history.streams.count == 1
        for stream in history.streams {
            outcomes.append(
                outcome(
                    of: stream, title: title, history.names, needsEvents: needsEvents,
                    progress: { progress((done + $0 * Double(stream.times.count)) / readingCount) }, warn: warn,
                    explain: explain))
            done += Double(stream.times.count)
        }
        return outcomes
    }

    private func outcome(
        of stream: LabelledStream, title: String, _ names: SharedStreamTable, needsEvents: Bool,
        progress: (Double) -> Void, warn: (String) -> Void, explain: @escaping (String) -> Void
    ) -> StreamOutcome {
        let name = names.withTable { $0.name(of: stream.id) }
        do throws(BacktestFailure) {
            let trainRows = options.learnsAsLive ? nil : try trainRows(of: stream)
            if let labels = stream.labels, let trainRows {
                let anomalous = labels.prefix(trainRows).count { $0 }
                if anomalous > 0 {
                    warn(
                        "stream \(name): \(anomalous) of the \(trainRows) readings that are learned from are "
                            + "labelled anomalous")
                }
                let measured = LabelledEvents(labels: Array(labels[trainRows...]))
                guard measured.normalCount > 0 else { throw .noNormalReadings(trainRows: trainRows) }
                guard measured.anomalousCount > 0 || !needsEvents else { throw .noAnomalies(trainRows: trainRows) }
            }
            let run = DetectorRun(
                options: options, names: names, stream: stream, trainRows: trainRows,
                progress: progress, explain: explain)
            let result = try BacktestResult(run, of: stream, options: options)
            let chart = options.wantsCharts ? SeriesChart(run, of: stream, title: title).svg : nil
            return StreamOutcome(stream: name, result: .success(result), chart: chart)
        } catch {
            return StreamOutcome(stream: name, result: .failure(error), chart: nil)
        }
    }

    /// How many readings of a stream are learned from, and not measured.
    ///
    /// With labels a quarter, at least those of a warm-up, but none from the first anomalous one on. Without labels nil: the
    /// stream learns as it would live.
    private func trainRows(of stream: LabelledStream) throws(BacktestFailure) -> Int? {
        let count = stream.times.count
        let needed = ModelFitter.fewestWindows
        if let trainRows = options.trainRows {
            guard trainRows < count else { throw .tooFewReadings(count: count, trainRows: trainRows) }
            return trainRows
        }
        guard let labels = stream.labels else { return nil }
        let wanted = max(count / 4, options.settings.warmUpReadings)
        guard let firstAnomalous = labels.firstIndex(of: true) else { return try normalTrainRows(wanted, of: count) }
        guard firstAnomalous >= needed else { throw .anomalousTooSoon(reading: firstAnomalous, needed: needed) }
        return min(wanted, firstAnomalous)
    }

    private func normalTrainRows(_ wanted: Int, of count: Int) throws(BacktestFailure) -> Int {
        guard wanted < count else { throw .tooFewReadings(count: count, trainRows: wanted) }
        return wanted
    }
}
