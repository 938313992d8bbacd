import AnomalyDetection
import Testing

struct BaselineMoveTests {
    private static let day: Int64 = 86_400 * 1_000_000_000

    private func time(_ day: Int64) -> Timestamp {
        SampleReadings.start.advanced(byNanoseconds: day * Self.day)
    }

    private func profile(_ center: Double, _ spread: Double, _ role: ChannelRole = .continuous) -> ChannelProfile {
        ChannelProfile(role: role, center: center, spread: spread, knownValues: [], missingShare: 0)
    }

    /// A version that has learned from so many readings by the minute.
    private func model(_ profiles: [ChannelProfile], readings: Int = 10_000) -> StreamModel {
        StreamModel(
            cadence: Cadence(interval: 60_000_000_000, isRegular: true), profiles: profiles, parts: [],
            calibration: ScoreCalibration(sums: [1, 2, 3]),
            threshold: AlertThreshold(firing: 5, clearing: 3, isProvisional: false), trainedReadings: readings,
            choices: [])
    }

    private func reference(_ profiles: [ChannelProfile], day: Int64) throws -> BaselineReference {
        try #require(BaselineReference(model(profiles), trainedThrough: time(day)))
    }

    private func decision(_ verdict: TrainingDecision.Verdict = .promoted) -> TrainingDecision {
        TrainingDecision(verdict: verdict, reason: "good")
    }

    @Test func `small steps add up, and the oldest version says from where`() throws {
        let references = [
            try reference([profile(20, 2), profile(5, 1)], day: 0),
            try reference([profile(21.5, 2), profile(5, 1)], day: 20),
        ]
        let move = try #require(
            BaselineMove(to: [profile(23, 2), profile(5.2, 1)], from: references, limit: 1))
        #expect(move.isBeyond && move.largest == 1.5 && move.since == time(0))
        #expect(move.channels.map(\.channel) == [0])
        let contribution = try #require(move.contributions(names: ["temperature", "pressure"]).first)
        #expect(contribution.channel == "temperature" && contribution.share == 1)
        #expect(contribution.expected == 20 && contribution.actual == 23)
        #expect(contribution.lower == 18 && contribution.upper == 22)
        // One step alone is allowed.
        #expect(BaselineMove(to: [profile(23, 2)], from: [references[1]], limit: 1)?.isBeyond == false)
    }

    @Test func `a spread that doubles or halves has moved, and channels that are no quantity have not`() throws {
        let reference = [try reference([profile(0, 1), profile(0, 1, .state)], day: 0)]
        for spread in [2.5, 0.4] {
            let move = try #require(BaselineMove(to: [profile(0, spread), profile(9, 1)], from: reference, limit: 1))
            #expect(move.channels.map(\.isOfSpread) == [true])
            #expect(abs(move.largest - 1.5) < 1e-9)
        }
    }

    @Test func `a candidate whose normal moved too far waits, and only for that`() throws {
        let references = [try reference([profile(20, 2)], day: 0)]
        var far = decision()
        let finding = far.judgeBaseline(
            of: model([profile(24, 2)]), against: references, reason: .schedule, limit: 1, names: ["temperature"])
        guard case .waits(let move) = finding else {
            Issue.record("it does not wait: \(String(describing: finding))")
            return
        }
        #expect(move.largest == 2)
        #expect(far.verdict == .rejected && far.metrics["baseline_move"] == 2)
        #expect(far.reason.contains("temperature would move from 20.0 to 24.0"), "\(far.reason)")

        var near = decision()
        #expect(
            near.judgeBaseline(
                of: model([profile(21, 2)]), against: references, reason: .schedule, limit: 1, names: []) == .within)
        #expect(near.verdict == .promoted)
    }

    @Test func `what people called normal, a young version, one that lost, and one without a limit do not wait`() throws
    {
        let references = [try reference([profile(20, 2)], day: 0)]
        let (old, young) = (model([profile(24, 2)]), model([profile(24, 2)], readings: 1_000))
        for (candidate, verdict, reason, limit) in [
            (old, TrainingDecision.Verdict.promoted, TrainingRequest.Reason.newNormal, 1.0),
            (young, .promoted, .schedule, 1), (old, .rejected, .schedule, 1), (old, .promoted, .schedule, nil),
        ] as [(StreamModel, TrainingDecision.Verdict, TrainingRequest.Reason, Double?)] {
            var decision = decision(verdict)
            #expect(
                decision.judgeBaseline(of: candidate, against: references, reason: reason, limit: limit, names: [])
                    == nil)
            #expect(decision.verdict == verdict)
        }
        #expect(BaselineReference(young, trainedThrough: time(0)) == nil)
    }
}
