import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

struct PromotionGateTests {
    private static let rows = 2_000
    private static let tailStart = 1_600

    private func history(_ kind: MachineKind = .pump, rows: Int = rows, seed: UInt64) -> TrainingHistory {
        TrainingHistory(SampleReadings.sound(rows: rows, seed: seed, kinds: [kind]))
    }

    private func fit(_ history: TrainingHistory, seed: UInt64, network: Bool = false) throws -> StreamModel {
        var settings = DetectorSettings()
        if network { settings.detector = .ae }
        return try ModelFitter(settings: settings, training: .network, seed: seed).fit(history)
    }

    private func decision(
        _ candidate: StreamModel, against live: StreamModel, _ history: TrainingHistory, seed: UInt64
    ) -> TrainingDecision {
        PromotionGate.decide(
            candidate: candidate, live: live, history: history, tailStart: Self.tailStart, seed: seed)
    }

    @Test(arguments: UInt64(1)...5) func `a version is not worse than itself, and no better either`(seed: UInt64) throws
    {
        let history = history(seed: seed)
        let model = try fit(history[0..<Self.tailStart], seed: seed)
        let decision = decision(model, against: model, history, seed: seed)
        #expect(decision.verdict == .rejected)
        #expect(decision.reason == "no better than the live version in anything")
        #expect(decision.heldOutReadings == Self.rows - Self.tailStart)
        #expect(decision.metrics["candidate_error"] == decision.metrics["live_error"])
        #expect(decision.metrics["injected_faults"] == 28)
        #expect((decision.metrics["candidate_faults_found"] ?? 0) >= 0.8)
    }

    @Test(arguments: UInt64(1)...5) func `a candidate from a shuffled history is rejected`(seed: UInt64) throws {
        let history = history(seed: seed)
        let live = try fit(history[0..<1_000], seed: seed)
        var shuffled = history[0..<Self.tailStart]
        var random = RandomSource(seed: seed)
        for reading in (1..<shuffled.count).reversed() {
            let other = random.index(below: reading + 1)
            for channel in 0..<4 { shuffled.values.swapAt(reading * 4 + channel, other * 4 + channel) }
        }
        let decision = decision(try fit(shuffled, seed: seed), against: live, history, seed: seed)
        #expect(decision.verdict == .rejected)
        #expect(!decision.reason.isEmpty)
    }

    @Test(arguments: [
        (MachineKind.motor, UInt64(1)), (.motor, 2), (.motor, 3), (.pump, 101), (.pump, 102), (.pump, 103),
    ])
    func `a candidate from another stream's history is rejected`(kind: MachineKind, other: UInt64) throws {
        let history = history(seed: other % 100)
        let live = try fit(history[0..<1_000], seed: 1)
        let stranger = try fit(self.history(kind, rows: Self.tailStart, seed: other), seed: 1)
        #expect(decision(stranger, against: live, history, seed: 1).verdict == .rejected)
    }

    @Test(arguments: UInt64(1)...2) func `a candidate whose network forgot everything is rejected`(seed: UInt64) throws
    {
        let history = history(seed: seed)
        let live = try fit(history[0..<Self.tailStart], seed: seed, network: true)
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
        let decision = decision(candidate, against: live, history, seed: seed)
        #expect(decision.verdict == .rejected)
        #expect((decision.metrics["candidate_error"] ?? 0) > 3 * (decision.metrics["live_error"] ?? .infinity))
    }

    @Test(arguments: UInt64(1)...3) func `a candidate that alarms on sound readings is rejected`(seed: UInt64) throws {
        let history = history(seed: seed)
        let live = try fit(history[0..<Self.tailStart], seed: seed)
        let nervous = StreamModel(
            cadence: live.cadence, profiles: live.profiles, network: live.network, parts: live.parts,
            calibration: live.calibration,
            threshold: AlertThreshold(firing: 1, clearing: 0.5, isProvisional: true),
            trainedReadings: live.trainedReadings, choices: [])
        let decision = decision(nervous, against: live, history, seed: seed)
        #expect(decision.verdict == .rejected)
        #expect(decision.reason.contains("of the held-out tail") || decision.reason.contains("exceeds its threshold"))
    }

    @Test(arguments: UInt64(1)...3) func `a candidate that finds no faults is rejected`(seed: UInt64) throws {
        let history = history(seed: seed)
        let live = try fit(history[0..<Self.tailStart], seed: seed)
        let dull = StreamModel(
            cadence: live.cadence, profiles: live.profiles, network: live.network, parts: live.parts,
            calibration: live.calibration,
            threshold: AlertThreshold(firing: 1e9, clearing: 1e9, isProvisional: true),
            trainedReadings: live.trainedReadings, choices: [])
        let decision = decision(dull, against: live, history, seed: seed)
        #expect(decision.verdict == .rejected)
        #expect(decision.reason.contains("fewer injected faults"))
    }

    // MARK: Better in something

    @Test(arguments: UInt64(1)...3) func `what knows more readings is better for that`(seed: UInt64) throws {
        let history = history(seed: seed)
        let model = try fit(history[0..<Self.tailStart], seed: seed)
        let fewer = StreamModel(
            cadence: model.cadence, profiles: model.profiles, network: model.network, parts: model.parts,
            calibration: model.calibration,
            threshold: model.threshold, trainedReadings: Self.tailStart / 2, choices: [])
        let decision = decision(model, against: fewer, history, seed: seed)
        #expect(decision.verdict == .promoted)
        #expect(decision.reason.contains("knows \(model.trainedReadings) readings, not 800"), "\(decision.reason)")
    }

    // MARK: Baselines

    /// A version at a level at which it finds hardly any fault.
    private func dull(_ model: StreamModel, at level: Float) -> StreamModel {
        StreamModel(
            cadence: model.cadence, profiles: model.profiles, network: model.network, parts: model.parts,
            calibration: model.calibration,
            threshold: AlertThreshold(firing: level, clearing: level, isProvisional: true),
            trainedReadings: model.trainedReadings, choices: [])
    }

    @Test
    func `a candidate that principal components alone put to shame is rejected, unless the live version is as bad`()
        throws
    {
        let history = history(seed: 1)
        let model = try fit(history[0..<Self.tailStart], seed: 1)
        var settings = DetectorSettings()
        settings.detector = .pca
        let baseline = PromotionGate.Baseline(
            kind: .pca, model: try ModelFitter(settings: settings, seed: 1).fit(history[0..<Self.tailStart]))
        func decide(_ candidate: StreamModel, _ live: StreamModel) -> TrainingDecision {
            PromotionGate.decide(
                candidate: candidate, live: live, baselines: [baseline], history: history, tailStart: Self.tailStart,
                seed: 1)
        }
        let blind = dull(model, at: 1e9)
        // The live version finds a few faults, too few for the candidate to be worse than it beyond what chance does.
        let live = try #require(
            (0..<120).lazy.map { self.dull(model, at: 8 + 0.05 * Float($0)) }.first { live in
                (0.01...0.12).contains(decide(blind, live).metrics["live_faults_found"] ?? 0)
            })
        let decision = decide(blind, live)
        #expect(decision.verdict == .rejected)
        #expect(decision.reason.contains("than principal components alone"), "\(decision.reason)")
        #expect(!decide(blind, blind).reason.contains("principal components"))
    }

    // MARK: First models

    @Test(arguments: UInt64(1)...5, [1, 4]) func `pure noise gets a model, which finds level shifts`(
        seed: UInt64, channels: Int
    ) throws {
        let decision = try first(of: noise(rows: 400, channels: channels, seed: seed))
        #expect(decision.verdict == .promoted, "\(decision)")
        #expect((decision.metrics["candidate_found_level_shift"] ?? 0) >= 0.5)
        #expect(decision.metrics["no_model_log_likelihood"] != nil)
    }

    @Test(arguments: [MachineKind.pump, .motor, .room]) func `a machine gets a model that forecasts it`(
        kind: MachineKind
    )
        throws
    {
        let decision = try first(of: history(kind, rows: 400, seed: 3))
        #expect(decision.verdict == .promoted, "\(decision)")
        #expect(
            (decision.metrics["candidate_log_likelihood"] ?? 0) > (decision.metrics["no_model_log_likelihood"] ?? 0))
    }

    private func first(of history: TrainingHistory) throws -> TrainingDecision {
        try ModelTrainer(settings: DetectorSettings(), training: .quick).train(on: history, live: nil, seed: 1).decision
    }

    private func noise(rows: Int, channels: Int, seed: UInt64) -> TrainingHistory {
        var random = RandomSource(seed: seed)
        return TrainingHistory(
            channelCount: channels,
            times: (0..<rows).map {
                SampleReadings.start.advanced(byNanoseconds: Int64($0) * SampleReadings.second)
            },
            values: (0..<(rows * channels)).map { _ in random.normal() },
            isAlerting: Array(repeating: false, count: rows))
    }
}
