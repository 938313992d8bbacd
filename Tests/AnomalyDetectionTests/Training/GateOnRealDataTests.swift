import AnomalyDetection
import LinearAlgebra
import TestSupport
import Testing
import VAE

/// What the gate lets pass and what it does not, on readings of real machines.
@Suite(.enabled(if: LabelledSeries.areThere, Comment(rawValue: LabelledSeries.absence)))
struct GateOnRealDataTests {
    /// A real stream without its labelled anomalies, and another of the same shape.
    private struct Streams {
        let own: TrainingHistory
        let other: TrainingHistory
        /// The labelled readings of the first.
        let faults: TrainingHistory

        init(_ name: String, other: String) throws {
            own = try Self.history(name, isLabelled: false)
            self.other = try Self.history(other, isLabelled: false)
            faults = try Self.history(name, isLabelled: true)
        }

        private static func history(_ name: String, isLabelled: Bool) throws -> TrainingHistory {
            let series = try LabelledSeries(name)
            let rows = (0..<series.rowCount).filter { series.isLabelled[$0] == isLabelled }
            return TrainingHistory(
                channelCount: series.channelCount,
                times: rows.indices.map {
                    SampleReadings.start.advanced(byNanoseconds: Int64($0) * SampleReadings.second)
                },
                values: rows.flatMap { series.values[($0 * series.channelCount)..<(($0 + 1) * series.channelCount)] },
                isAlerting: Array(repeating: false, count: rows.count))
        }

        /// The readings that versions are compared on begin here.
        var tailStart: Int { own.count * 4 / 5 }
    }

    /// A stream, and another of the same kind.
    private static let streams = [
        ("nab_Twitter_volume_GOOG", "nab_Twitter_volume_FB"), ("smap_E-9", "smap_A-2"), ("smap_A-2", "smap_E-9"),
    ]

    private func fit(_ history: TrainingHistory, network: Bool = false) throws -> StreamModel {
        var settings = DetectorSettings()
        if network { settings.detector = .ae }
        return try ModelFitter(settings: settings, training: .network, seed: 1).fit(history)
    }

    /// The gate's decision, with the baselines fitted to the stream's own readings.
    private func decide(
        _ candidate: StreamModel, against live: StreamModel, _ streams: Streams
    ) throws -> TrainingDecision {
        let baselines = try [DetectorKind.pca, .ar].map { kind in
            var settings = DetectorSettings()
            settings.detector = kind
            return PromotionGate.Baseline(
                kind: kind, model: try ModelFitter(settings: settings, seed: 1).fit(streams.own[0..<streams.tailStart]))
        }
        let decision = PromotionGate.decide(
            candidate: candidate, live: live, baselines: baselines, history: streams.own,
            tailStart: streams.tailStart, seed: 1)
        print(decision.verdict.rawValue, decision.reason, decision.metrics)
        return decision
    }

    @Test(arguments: streams) func `a candidate from shuffled rows is refused`(name: String, other: String) throws {
        let streams = try Streams(name, other: other)
        var shuffled = streams.own[0..<streams.tailStart]
        let width = shuffled.channelCount
        var random = RandomSource(seed: 1)
        for reading in (1..<shuffled.count).reversed() {
            let place = random.index(below: reading + 1)
            for channel in 0..<width { shuffled.values.swapAt(reading * width + channel, place * width + channel) }
        }
        let live = try fit(streams.own[0..<streams.tailStart])
        let decision = try decide(try fit(shuffled), against: live, streams)
        #expect(decision.verdict == .rejected, "\(decision)")
    }

    @Test(arguments: streams) func `a candidate from a history full of faults is refused`(name: String, other: String)
        throws
    {
        let streams = try Streams(name, other: other)
        var contaminated = streams.own[0..<streams.tailStart]
        let profiles = (0..<contaminated.channelCount).map { ChannelProfile(learnedFrom: contaminated.column($0)) }
        // A tenth of the readings are of faults, as when nothing is left out of training.
        let width = contaminated.channelCount
        var random = RandomSource(seed: 1)
        var reading = 20
        while reading + 40 < contaminated.count {
            let channel = random.index(below: width)
            for faulty in reading..<(reading + 20) {
                contaminated.values[faulty * width + channel] += 12 * profiles[channel].spread
            }
            reading += 200
        }
        let live = try fit(streams.own[0..<streams.tailStart])
        #expect(try decide(try fit(contaminated), against: live, streams).verdict == .rejected)
    }

    @Test(arguments: streams) func `a candidate from another stream is refused`(name: String, other: String) throws {
        let streams = try Streams(name, other: other)
        let live = try fit(streams.own[0..<streams.tailStart])
        let decision = try decide(try fit(streams.other), against: live, streams)
        withKnownIssue("the traffic of one company is much like that of another", isIntermittent: true) {
            #expect(decision.verdict == .rejected)
        } when: {
            name == "nab_Twitter_volume_GOOG"
        }
    }

    @Test(arguments: streams) func `a candidate with zeroed layers is refused`(name: String, other: String) throws {
        let streams = try Streams(name, other: other)
        let live = try fit(streams.own[0..<streams.tailStart], network: true)
        let network = try #require(live.network)
        let candidate = StreamModel(
            cadence: live.cadence, profiles: live.profiles,
            network: WindowNetwork(
                layout: network.layout,
                network: VariationalAutoencoder(
                    shape: network.network.shape, linear: network.network.linear.forgotten,
                    parameters: [Float](repeating: 0, count: network.network.parameters.count))),
            parts: live.parts, calibration: live.calibration, threshold: live.threshold,
            trainedReadings: live.trainedReadings, choices: [])
        #expect(try decide(candidate, against: live, streams).verdict == .rejected)
    }

    @Test(arguments: streams) func `an honest candidate that has seen more is accepted`(name: String, other: String)
        throws
    {
        let streams = try Streams(name, other: other)
        let live = try fit(streams.own[0..<(streams.tailStart / 3)])
        let decision = try decide(try fit(streams.own[0..<streams.tailStart]), against: live, streams)
        withKnownIssue("bursts that neither version has met decide it", isIntermittent: true) {
            #expect(decision.verdict == .promoted)
        } when: {
            name == "nab_Twitter_volume_GOOG"
        }
        #expect((decision.metrics["candidate_error"] ?? .infinity) < 1.2 * (decision.metrics["live_error"] ?? 0))
    }

    @Test(arguments: streams) func `the numbers of all opponents are kept, by shape of the fault too`(
        name: String, other: String
    ) throws {
        let streams = try Streams(name, other: other)
        let live = try fit(streams.own[0..<(streams.tailStart / 3)])
        let numbers = try decide(try fit(streams.own[0..<streams.tailStart]), against: live, streams).metrics
        for side in ["candidate", "live", "pca", "ar"] {
            for measure in ["log_likelihood", "calibration_error", "alerts", "over_threshold", "faults_found"] {
                #expect(numbers["\(side)_\(measure)"] != nil, "\(side)_\(measure)")
            }
            for shape in FaultShape.allCases where shape != .unknown && shape != .outOfRange {
                #expect(numbers["\(side)_found_\(shape.rawValue)"] != nil, "\(side) \(shape)")
            }
        }
    }

    @Test(arguments: streams) func `a first model is judged against no model`(name: String, other: String) throws {
        let streams = try Streams(name, other: other)
        let outcome = try ModelTrainer(settings: DetectorSettings()).train(
            on: streams.own[0..<1_000], live: nil, seed: 1)
        let numbers = outcome.decision.metrics
        #expect(outcome.decision.verdict == .promoted, "\(outcome.decision)")
        #expect((numbers["candidate_log_likelihood"] ?? 0) > (numbers["no_model_log_likelihood"] ?? 0))
        #expect((numbers["candidate_faults_found"] ?? 0) > 0.1)
    }
}
