import AnomalyDetection
import Testing

/// What happens around a training that is under way: people answer, go back to another version, and normal moves.
struct PendingTrainingTests {
    private func settings() -> DetectorSettings {
        var settings = DetectorSettings.quick
        settings.retrainEvery = .max
        return settings
    }

    /// A run with a model, of which the training by command is under way.
    private func run(rows: Int = 700) throws -> (run: EngineRun, readings: [SampleReading], request: TrainingRequest) {
        let readings = SampleReadings.sound(rows: 2_000, seed: 5)
        let run = EngineRun(settings: settings())
        try run.ingest(readings[..<rows])
        run.trainsAtOnce = false
        try run.requestTraining()
        return (run, readings, try #require(run.requests.last))
    }

    private func alert(of run: EngineRun, kind: AlertKind = .anomaly) -> Alert {
        let time = SampleReadings.start.advanced(byNanoseconds: 500 * SampleReadings.second)
        return Alert(
            id: 7, stream: StreamID(0), kind: kind, startedAt: time, firedAt: time, resolvedAt: time, peakScore: 5,
            peakAt: time, threshold: 3, isProvisional: false, modelID: 1)
    }

    /// A channel's center from 5 to 9, where it may move by 1.
    private func move(since time: Timestamp) throws -> BaselineMove {
        func profile(_ center: Double) -> ChannelProfile {
            ChannelProfile(role: .continuous, center: center, spread: 1, knownValues: [], missingShare: 0)
        }
        let version = StreamModel(
            cadence: Cadence(interval: 60_000_000_000, isRegular: true), profiles: [profile(5)], parts: [],
            calibration: ScoreCalibration(sums: [1, 2]),
            threshold: AlertThreshold(firing: 5, clearing: 3, isProvisional: false), trainedReadings: 10_000,
            choices: [])
        let reference = try #require(BaselineReference(version, trainedThrough: time))
        return try #require(BaselineMove(to: [profile(9)], from: [reference], limit: 1))
    }

    @Test(arguments: [false, true])
    func `what was called normal while a training is pending is learned by the next`(restarts: Bool) throws {
        var (run, readings, request) = try run()
        try run.learnNewNormal(of: alert(of: run))
        #expect(run.asked.last == request, "one at a time")
        if restarts { run = try run.resumed() }
        try run.install(TrainingResult(request: request, promoted: nil, reason: "worse"))
        try run.ingest(readings[700..<710])
        #expect(run.asked.filter { $0.reason == .newNormal }.count == 1)
        try run.ingest(readings[710..<720])
        #expect(run.asked.filter { $0.reason == .newNormal }.count == 1, "once")
    }

    @Test func `a candidate that beat another version than the one that somebody went back to does not take over`()
        throws
    {
        let (run, readings, request) = try run()
        let old = try #require(run.engine.liveModel(of: StreamID(0)))
        let chosen = LiveModel(id: old.id + 1, model: old.model)
        let candidate = LiveModel(id: old.id + 2, model: old.model)
        try run.roll(backTo: chosen)
        try run.install(TrainingResult(request: request, promoted: candidate, comparedWith: old.id))
        try run.ingest(readings[700..<720])
        #expect(run.engine.liveModel(of: StreamID(0))?.id == chosen.id)
        // The next candidate has that version to beat.
        try run.requestTraining()
        let next = try #require(run.requests.last)
        #expect(next != request)
        try run.install(TrainingResult(request: next, promoted: candidate, comparedWith: chosen.id))
        try run.ingest(readings[720..<730])
        #expect(run.engine.liveModel(of: StreamID(0))?.id == candidate.id)
    }

    @Test func `a normal that moves too far raises one alert, which ends when somebody accepts it or it comes back`()
        throws
    {
        var (run, readings, request) = try run()
        let move = try move(since: readings[0].time)
        func told() -> [AlertTransition] { run.told.filter { $0.alert.kind == .baselineDrift } }
        var row = 700
        func end(_ baseline: BaselineFinding?) throws {
            try run.install(TrainingResult(request: request, promoted: nil, reason: "waits", baseline: baseline))
            try run.ingest(readings[row..<(row + 10)])
            row += 10
            try run.requestTraining()
            request = try #require(run.requests.last)
        }
        try end(.waits(move))
        try end(.waits(move))
        try end(nil)
        #expect(told().map(\.kind) == [.fired], "one for the drift, not one for each candidate")
        let alert = try #require(told().first?.alert)
        #expect(alert.id > 0 && alert.shape == .drift && alert.movedSince == readings[0].time)
        #expect(alert.contributions.map(\.actual) == [9] && alert.contributions.map(\.expected) == [5])
        run = try run.resumed()
        run.take([AlertVerdict(alert: alert, verdict: .confirmed, wasJudgedFiring: true)])
        #expect(told().map(\.kind) == [.fired], "somebody keeps the old normal")
        try end(.within)
        #expect(told().map(\.kind) == [.fired, .resolved])

        try end(.waits(move))
        let second = try #require(told().last?.alert)
        #expect(second.id != alert.id && second.startedAt != alert.startedAt)
        let before = run.asked.count { $0.reason == .newNormal }
        run.take([AlertVerdict(alert: second, verdict: .newNormal, wasJudgedFiring: true)])
        #expect(told().map(\.kind) == [.fired, .resolved, .fired, .resolved])
        // The training under way knew nothing of it; the next one may move normal.
        try run.install(TrainingResult(request: request, promoted: nil, reason: "waits", baseline: nil))
        try run.ingest(readings[row..<(row + 10)])
        #expect(run.asked.count { $0.reason == .newNormal } == before + 1)
    }

    @Test func `streams that begin together are trained at times of their own`() {
        let every: Int64 = 6 * 3_600 * SampleReadings.second
        var counts = [Int](repeating: 0, count: 360)
        for stream in 0..<20_000 {
            let phase = TrainingSchedule.phase(of: StreamID(stream), every: every)
            counts[Int(phase / (60 * SampleReadings.second))] += 1
        }
        // 56 a minute on average; all of them in one minute without phases.
        #expect(counts.allSatisfy { (20...100).contains($0) }, "\(counts.min() ?? 0) to \(counts.max() ?? 0)")
    }
}
