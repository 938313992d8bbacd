import AnomalyDetection
import Foundation
import TestSupport
import Testing
import VAE

/// What a stream that begins with a fleet's weights and its first window finds on real machines, beside a model that is fitted to
/// all of its readings that may be trained on.
@Suite(.enabled(if: LabelledSeries.areThere, Comment(rawValue: LabelledSeries.absence)))
struct ColdStartOnRealDataTests {
    /// Series of the same channels in groups; each group is started cold with weights from all others.
    struct Family: CustomTestStringConvertible {
        var name: String
        var groups: [[String]]
        var testDescription: String { name }
    }

    private static let families = [
        Family(
            name: "SKAB valve1",
            groups: [[0, 2, 4], [6, 8, 10], [12, 7, 14]].map { $0.map { "skab_valve1_\($0)" } }),
        Family(
            name: "3W",
            groups: [
                ["w3_t1_well00006_20170801063614", "w3_t1_well00006_20180618060245", "w3_t5_well00016_20180405020345"],
                ["w3_t2_well00002_20131104014101", "w3_t6_well00002_20140301151700", "w3_t7_well00001_20170226220309"],
            ]),
    ]

    /// One series, ready to run.
    private struct Series {
        let name: String
        let history: TrainingHistory
        let labels: [Bool]
        let trainRows: Int

        init(_ name: String) throws {
            let series = try LabelledSeries(name)
            self.name = name
            labels = series.isLabelled
            trainRows = try #require(try LabelledSeries.trainRows(of: name))
            history = TrainingHistory(
                channelCount: series.channelCount,
                times: (0..<series.rowCount).map {
                    SampleReadings.start.advanced(byNanoseconds: Int64($0) * SampleReadings.second)
                },
                values: series.values, isAlerting: Array(repeating: false, count: series.rowCount))
        }
    }

    /// What a run over one series gave.
    private struct Result {
        var scores: [Float]
        var isFiring: [Bool]
        var firstScored: Int

        func quality(of series: Series) -> (vusPR: Double, alerts: AlertQuality) {
            let events = LabelledEvents(labels: Array(series.labels[series.trainRows...]))
            let buffer = EvaluationBuffer.readings(ofChannel: series.history.column(0))
            let ranking = RankingQuality(scores: Array(scores[series.trainRows...]), events: events, buffer: buffer)
            let alerts = AlertQuality(
                alerts: LabelledEvents.runs(of: Array(isFiring[series.trainRows...])), events: events,
                buffer: buffer, times: Array(series.history.times[series.trainRows...]),
                interval: SampleReadings.second)
            return (ranking.vusPR, alerts)
        }
    }

    /// Runs a series through the detector; with weights as a new stream of a fleet, else with a model fitted to its first rows.
    private static func run(_ series: Series, weights: FleetModel?) throws -> Result {
        var settings = DetectorSettings()
        settings.warmUpReadings = series.trainRows
        // Weights stay as they are, so that what is measured is what was trained on the others.
        settings.retrainEvery = weights == nil ? nil : .max
        let key = FleetKey(pattern: "*", channels: (0..<series.history.channelCount).map { "c\($0)" })
        let hasFleet = weights != nil
        let engine = DetectionEngine(
            settings: settings, fleetKey: { _ in hasFleet ? key : nil }, names: { _ in key.channels })
        if hasFleet {
            engine.restore(fleets: [
                FleetRequest(
                    fleet: 0, key: key, version: 1, reason: .warmUp, time: SampleReadings.start,
                    readings: 1_000_000, members: [], seed: 0)
            ])
        }
        var result = Result(
            scores: Array(repeating: .nan, count: series.history.count),
            isFiring: Array(repeating: false, count: series.history.count), firstScored: 0)
        var history = series.history
        var output = DetectionOutput()
        engine.ingest(ReadingBatch(series.history), into: &output)
        var modelID: Int64 = 0
        while true {
            for row in output.rows + output.scoredLater {
                let reading = Int(row.time.nanoseconds(since: SampleReadings.start) / SampleReadings.second)
                result.scores[reading] = row.score
                result.isFiring[reading] = row.isFiring
                history.isAlerting[reading] = row.isAlerting
            }
            guard let request = output.trainingRequests.first else { break }
            output.removeAll()
            let known = history[0..<request.throughReading]
            let outcome =
                weights == nil
                ? try ModelTrainer(settings: settings).train(on: known, live: nil, seed: request.seed)
                : try MemberTrainer(settings: settings).train(
                    on: known, live: engine.liveModel(of: StreamID(0))?.model, fleet: weights, seed: request.seed)
            modelID += 1
            let promoted = outcome.decision.verdict == .promoted ? outcome.candidate : nil
            engine.install(
                TrainingResult(request: request, promoted: promoted.map { LiveModel(id: modelID, model: $0) }),
                into: &output)
        }
        result.firstScored = result.scores.firstIndex { !$0.isNaN } ?? series.history.count
        return result
    }

    @Test(arguments: families) func `a new stream of a known kind is judged from its first window on`(family: Family)
        throws
    {
        let groups = try family.groups.map { try $0.map(Series.init) }
        var table = [
            "\(family.name): rows after train_rows, cold start / own model of train_rows readings",
            "series | scored from | VUS-PR | events found | false alerts | false while young",
        ]
        var (cold, own) = ([Double](), [Double]())
        var (found, ownFound, events, falseCount, ownFalse, youngFalse) = (0, 0, 0, 0, 0, 0)
        for (place, group) in groups.enumerated() {
            let others = groups.indices.filter { $0 != place }.flatMap { groups[$0] }
            let settings = DetectorSettings()
            let limit = FleetTrainer.historyLimit(memberCount: others.count, settings: settings)
            let outcome = try FleetTrainer(settings: settings).train(
                on: others.map { other in
                    FleetTrainer.Member(history: other.history[max(0, other.trainRows - limit)..<other.trainRows])
                }, live: nil, version: 1, seed: 1)
            #expect(outcome.decision.verdict == .promoted, "\(outcome.decision)")
            let weights = try #require(outcome.model, "\(outcome.decision)")
            for series in group {
                let (started, alone) = (try Self.run(series, weights: weights), try Self.run(series, weights: nil))
                let (quality, ownQuality) = (started.quality(of: series), alone.quality(of: series))
                let young = LabelledEvents.runs(of: Array(started.isFiring[..<series.trainRows])).count
                cold.append(quality.vusPR)
                own.append(ownQuality.vusPR)
                found += quality.alerts.detectedCount
                ownFound += ownQuality.alerts.detectedCount
                events += quality.alerts.eventCount
                falseCount += quality.alerts.falseCount
                ownFalse += ownQuality.alerts.falseCount
                youngFalse += young
                #expect(started.firstScored <= 96, "\(series.name) is scored from reading \(started.firstScored) on")
                table.append(
                    "\(series.name) | \(started.firstScored) / \(alone.firstScored) | "
                        + "\(Self.text(quality.vusPR)) / \(Self.text(ownQuality.vusPR)) | "
                        + "\(quality.alerts.detectedCount) / \(ownQuality.alerts.detectedCount) of "
                        + "\(quality.alerts.eventCount) | \(quality.alerts.falseCount) / \(ownQuality.alerts.falseCount)"
                        + " | \(young)")
            }
        }
        let (mean, ownMean) = (
            cold.reduce(0, +) / Double(cold.count), own.reduce(0, +) / Double(own.count)
        )
        table.append(
            "all | | \(Self.text(mean)) / \(Self.text(ownMean)) | \(found) / \(ownFound) of \(events) | "
                + "\(falseCount) / \(ownFalse) | \(youngFalse)")
        print(table.joined(separator: "\n"))
        // Measured: 0.80 beside 0.93 on the bench, 0.69 beside 0.96 on wells, which differ more. A window of normal readings in
        // place of hundreds to thousands costs that much; chance is below 0.4.
        #expect(mean > 0.6, "scores must put what is labelled first")
        withKnownIssue("wells differ so much that their common scale hides faults of one", isIntermittent: true) {
            #expect(2 * found >= ownFound, "a cold start finds at least half of what a model of its own finds")
        } when: {
            family.name == "3W"
        }
    }

    private static func text(_ value: Double) -> String { String(format: "%.3f", value) }
}
