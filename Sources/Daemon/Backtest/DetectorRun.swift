import AnomalyDetection

/// One stream as the daemon's detector saw it: a score, an alert and what was expected, reading by reading.
///
/// This is where what the detector says becomes a value for each reading; a further kind of score is a further column here.
struct DetectorRun: Sendable {
    /// Readings that the detector takes at a time.
    private static let batchRows = 4_096

    /// The stream's name.
    let stream: String
    /// The names of its channels.
    let channels: [String]
    /// The first reading that is measured.
    private(set) var firstMeasured = 0
    /// The usual distance of readings, in nanoseconds.
    let interval: Int64
    /// The anomaly score of each reading; NaN where it has none.
    private(set) var scores: [Float]
    /// The sum of evidence behind each score; NaN where there is none.
    private(set) var sums: [Float]
    /// The score at which each reading would have begun an alert; NaN where there is no score.
    private(set) var thresholds: [Float]
    /// The settled score of each reading, NaN where it has none; nil where the detector gives none.
    private(set) var settledScores: [Float]?
    /// The model version that gave each score; 0 where there is none.
    private(set) var modelIDs: [Int64]
    /// Whether an alert was firing with each reading.
    private(set) var isFiring: [Bool]
    /// The values expected of each reading, (readings × channels), NaN where there are none; empty unless asked for.
    private(set) var expected: [Double] = []
    /// The alerts, in the order of firing.
    var alerts: [Alert] { alertList.all }
    private var alertList = AlertList()
    /// The model versions, by number.
    private(set) var models: [Int64: StreamModel] = [:]
    /// Why there is no model; nil where there is one.
    private(set) var refusal: String?

    /// Runs the detector over a stream. `progress` is told the share that is done, `explain` what was learned.
    init(
        options: Backtest.Options, names: SharedStreamTable, stream: LabelledStream, trainRows: Int?,
        progress: (Double) -> Void, explain: @escaping (String) -> Void
    ) {
        let count = stream.times.count
        self.stream = names.withTable { $0.name(of: stream.id) }
        channels = names.withTable { $0.channels(of: stream.id) }
        scores = [Float](repeating: .nan, count: count)
        sums = scores
        thresholds = scores
        modelIDs = [Int64](repeating: 0, count: count)
        isFiring = [Bool](repeating: false, count: count)
        if options.wantsCharts { expected = [Double](repeating: .nan, count: count * channels.count) }
        var readings = AcceptedReadings(stream.times)
        interval = options.settings.interval ?? Cadence(inferredFrom: readings.times).interval
        let detector = InlineDetector(
            settings: options.settings, trainRows: trainRows, retrains: options.learnsAsLive, names: names,
            wantsExpected: options.wantsCharts, warn: explain)
        for start in Swift.stride(from: 0, to: stream.batch.count, by: Self.batchRows) {
            let end = min(start + Self.batchRows, stream.batch.count)
            detector.detect(stream.batch(of: start..<end)) { output in note(output, of: detector, &readings) }
            progress(Double(end) / Double(stream.batch.count))
        }
        detector.finish { output in note(output, of: detector, &readings) }
        models = detector.trainedModels
        refusal = models.isEmpty ? detector.refusal ?? "there are too few readings" : nil
        firstMeasured = trainRows ?? scores.firstIndex { !$0.isNaN } ?? count
        holdAlerts(over: readings)
    }

    private mutating func note(
        _ output: DetectionOutput, of detector: InlineDetector, _ readings: inout AcceptedReadings
    ) {
        for row in output.rows + output.scoredLater {
            guard let reading = readings.index(of: row.time) else { continue }
            scores[reading] = row.score
            sums[reading] = row.sum
            thresholds[reading] = row.threshold
            modelIDs[reading] = row.modelID
            isFiring[reading] = row.isFiring
            if !expected.isEmpty {
                for (channel, value) in detector.expected(of: row, in: output).enumerated() {
                    expected[reading * channels.count + channel] = value
                }
            }
        }
        for row in output.settled {
            guard let reading = readings.index(of: row.time) else { continue }
            if settledScores == nil { settledScores = [Float](repeating: .nan, count: scores.count) }
            settledScores?[reading] = row.score
        }
        alertList.note(output)
    }

    /// The values expected of one channel, reading by reading; NaN where there are none.
    func expected(ofChannel channel: Int) -> [Double] {
        expected.isEmpty
            ? [Double](repeating: .nan, count: scores.count)
            : scores.indices.map { expected[$0 * channels.count + channel] }
    }

    /// A reading that the detector did not take, because its time had passed, does not interrupt an alert.
    private mutating func holdAlerts(over readings: AcceptedReadings) {
        for reading in isFiring.indices.dropFirst() where !readings.isAccepted[reading] {
            isFiring[reading] = isFiring[reading - 1]
        }
    }
}

/// Which readings the detector takes: those whose time is later than that of all before them.
private struct AcceptedReadings {
    /// Whether each reading is taken.
    private(set) var isAccepted: [Bool] = []
    /// The times of the readings that are taken.
    private(set) var times: [Timestamp] = []
    private var indexes: [Timestamp: Int] = [:]

    init(_ all: [Timestamp]) {
        for (index, time) in all.enumerated() {
            let isLater = times.last.map { $0 < time } ?? true
            isAccepted.append(isLater)
            guard isLater else { continue }
            times.append(time)
            indexes[time] = index
        }
    }

    /// The reading with this time.
    func index(of time: Timestamp) -> Int? { indexes[time] }
}
