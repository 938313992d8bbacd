import AnomalyDetection
import Foundation
import TestSupport
import Testing

/// The parts without randomness against the numbers that Fixtures/make_prototype.py wrote: the same series, the same
/// rows to fit to, and the prototype's center and spread (Harken's own leave out the oddest values in a thousand).
@Suite(.enabled(if: LabelledSeries.areThere, Comment(rawValue: LabelledSeries.absence)))
struct PrototypeAgreementTests {
    @Test(arguments: PrototypeNumbers.recorded) func `T² and Q are the prototype's`(numbers: PrototypeNumbers) throws {
        let stretch = try PrototypeStretch(numbers)
        for expected in numbers.linear {
            let layout = WindowLayout(length: expected.length, channels: numbers.windowed)
            let fitted = Array(numbers.fitted).evenlySpaced(limit: LinearWindowModel.windowLimit)
            let model = try LinearWindowModel(
                fittedTo: stretch.grid.windows(layout, endingWith: fitted).values, layout: layout, weight: 1)
            #expect(model.dimensionCount == expected.dimensions)
            var scratch = EvidenceScratch()
            model.reserve(in: &scratch)
            var (inside, outside) = ([Float](), [Float]())
            stretch.grid.forEachBlock(layout, endingWith: numbers.rows) { block, _ in
                model.measure(block, scratch: &scratch) { _, insideError, outsideError in
                    inside.append(insideError)
                    outside.append(outsideError)
                }
            }
            expectAgreement(inside, expected.inside, numbers, "T² of windows of \(expected.length)")
            expectAgreement(outside, expected.outside, numbers, "Q of windows of \(expected.length)")
        }
    }

    @Test(arguments: PrototypeNumbers.recorded) func `the forecast's error is the prototype's`(
        numbers: PrototypeNumbers
    ) throws {
        let stretch = try PrototypeStretch(numbers)
        let fitting = WindowLayout(length: numbers.lags + 1, channels: numbers.windowed)
        let readingCount = numbers.trainRows
        #expect(
            Forecast.fittingLayout(of: numbers.windowed, horizon: 1, readingCount: max(readingCount, 1_600)) == fitting,
            "a long history gives the prototype's look back")
        let part = try Forecast(
            fittedTo: stretch.grid.windows(fitting, endingWith: Array(numbers.fitted)).values,
            channels: numbers.windowed, horizon: 1, weight: 1)
        expectAgreement(stretch.errors(of: part, numbers.rows), numbers.forecast, numbers, "forecast")
    }

    /// The prototype counts the rows in which any channel is novel, Harken those of the channel that is so most often, as its
    /// explanation counts by channel. So Harken's number is the smaller where channels take turns, and the same otherwise.
    @Test(arguments: PrototypeNumbers.recorded) func `novelty is the prototype's, of the worst channel`(
        numbers: PrototypeNumbers
    ) throws {
        let stretch = try PrototypeStretch(numbers)
        let watched = Set(stretch.profiles.indices).subtracting(numbers.windowed)
        let part = Novelty(profiles: stretch.profiles, watched: watched)
        let found = stretch.errors(of: part, numbers.rows)
        expectAgreement(found, numbers.noveltyOfWorst, numbers, "novelty")
        for (index, novelty) in numbers.novelty.enumerated() {
            #expect(Double(found[index]) <= novelty + 1e-6)
            #expect((found[index] > 0) == (novelty > 0))
        }
    }

    /// The prototype's first rows have shorter windows than the part's, so the past from which it fades begins with theirs.
    @Test(arguments: PrototypeNumbers.recorded) func `standing still is the prototype's, and fades as there`(
        numbers: PrototypeNumbers
    ) throws {
        let stretch = try PrototypeStretch(numbers)
        let layout = Stuck.layout(of: numbers.windowed)
        var blocks: [WindowBlock] = []
        stretch.grid.forEachBlock(layout, endingWith: Array(Stuck.changeCount..<numbers.trainRows)) { block, _ in
            blocks.append(block)
        }
        let part = Stuck(fittedTo: blocks, channels: numbers.windowed)
        expectAgreement(stretch.errors(of: part, numbers.rows), numbers.stillness, numbers, "standing still")
        let faded = stretch.liveSums(of: part, from: Stuck.changeCount, past: Float(numbers.stuckPast))
        expectAgreement(numbers.rows.map { faded[$0] }, numbers.stuck, numbers, "stuck")
    }

    @Test func `the numbers have something of everything in them`() {
        #expect(PrototypeNumbers.recorded.count == 3)
        #expect(PrototypeNumbers.recorded.contains { $0.novelty.count { $0 > 0 } >= 10 })
        #expect(PrototypeNumbers.recorded.contains { $0.stuck.count { $0 > 0 } >= 10 })
        #expect(PrototypeNumbers.recorded.contains { $0.windowed.count > 1 })
        #expect(PrototypeNumbers.recorded.allSatisfy { $0.rows.count >= 50 && $0.forecast.contains { $0 > 2 } })
    }

    /// Each found number is within a thousandth of the expected one.
    private func expectAgreement(_ found: [Float], _ expected: [Double], _ numbers: PrototypeNumbers, _ what: String) {
        #expect(found.count == expected.count)
        for (index, (found, expected)) in zip(found, expected).enumerated() {
            // What lies beside zero has the rounding of numbers around one.
            let isNear = abs(Double(found) - expected) <= 1e-3 * abs(expected) + 1e-5
            #expect(isNear, "\(what) of row \(numbers.rows[index]) is \(found), not \(expected)")
        }
    }
}

/// What the prototype says of one series, as Fixtures/make_prototype.py wrote it.
struct PrototypeNumbers: Decodable, CustomTestStringConvertible {
    struct Linear: Decodable {
        let length: Int
        let dimensions: Int
        let inside: [Double]
        let outside: [Double]
    }

    let name: String
    /// The first rows, which are the training's; fitting begins a window after the first of them.
    let trainRows: Int
    let firstFitted: Int
    /// The rows that the numbers are of.
    let rows: [Int]
    /// The channels that are neither constant nor few-valued.
    let windowed: [Int]
    let linear: [Linear]
    let lags: Int
    let forecast: [Double]
    let novelty: [Double]
    let noveltyOfWorst: [Double]
    let stillness: [Double]
    let stuck: [Double]
    /// The moving average of standing still after the rows that have no whole window.
    let stuckPast: Double

    var fitted: Range<Int> { firstFitted..<trainRows }
    var testDescription: String { name }

    static let recorded: [PrototypeNumbers] = {
        struct Recording: Decodable {
            let series: [PrototypeNumbers]
        }
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/prototype.json")
        do {
            return try JSONDecoder().decode(Recording.self, from: Data(contentsOf: file)).series
        } catch {
            preconditionFailure("\(file.path()) cannot be read: \(error)")
        }
    }()
}

/// A series on its grid, a row a second, with the prototype's centers and spreads.
private struct PrototypeStretch {
    let profiles: [ChannelProfile]
    let grid: TrainingGrid
    private let history: TrainingHistory
    private let cadence = Cadence(interval: 1_000_000_000, isRegular: true)

    init(_ numbers: PrototypeNumbers) throws {
        let series = try LabelledSeries(numbers.name)
        profiles = (0..<series.channelCount).map { channel in
            let values = series.column(channel, rows: numbers.trainRows)
            // A channel outside of windows is looked at for its values alone, so its profile may be Harken's own.
            guard numbers.windowed.contains(channel) else { return ChannelProfile(learnedFrom: values) }
            let mean = values.reduce(0, +) / Double(values.count)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
            return ChannelProfile(
                role: .continuous, center: mean, spread: variance.squareRoot(), knownValues: [], missingShare: 0)
        }
        history = TrainingHistory(
            channelCount: series.channelCount,
            times: (0..<series.rowCount).map { Timestamp(nanoseconds: Int64($0) * 1_000_000_000) },
            values: series.values, isAlerting: [Bool](repeating: false, count: series.rowCount))
        grid = TrainingGrid(
            history, profiles: profiles, cadence: cadence, longestGap: StreamScoringState.keptSlots)
    }

    /// The errors of the windows that end with these rows.
    func errors(of part: some EvidencePart, _ rows: [Int]) -> [Float] {
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        var errors = [Float](repeating: .nan, count: WindowBlock.rowCount)
        var found: [Float] = []
        grid.forEachBlock(part.layout, endingWith: rows) { block, _ in
            part.score(block, scratch: &scratch, into: &errors)
            found += errors[..<block.count]
        }
        return found
    }

    /// The sums of a model of this part alone, as the live stream has them from a row on; NaN before it.
    func liveSums(of part: some EvidencePart, from first: Int, past: Float) -> [Float] {
        let model = StreamModel(
            cadence: cadence, profiles: profiles, parts: [part], calibration: ScoreCalibration(sums: [0, 1]),
            threshold: AlertThreshold(firing: 3, clearing: 2, isProvisional: false), trainedReadings: 0, choices: [])
        var workspace = ScoringWorkspace()
        let placement = workspace.prepare(for: model)
        var state = StreamScoringState(model: model)
        state.context = [past]
        var sums = [Float](repeating: .nan, count: history.count)
        for reading in 0..<history.count {
            let row = history[reading..<(reading + 1)].values
            _ = state.history.append(row.span, at: history.times[reading], profiles: profiles, cadence: cadence)
            guard reading >= first else { continue }
            let isAdded = workspace.add(newestOf: state.history, model: model, placement)
            #expect(isAdded)
            workspace.evaluate(model, placement, context: &state.context)
            sums[reading] = workspace.sums[0]
            workspace.clear(placement)
        }
        return sums
    }
}
