import AnomalyDetection
import Testing

/// A promoted version that breaks its false-alarm budget on its first day gives way to the one before.
struct RollbackTests {
    private static let settings: DetectorSettings = {
        var settings = DetectorSettings.quick
        // The first model at reading 300; the second is asked for at 1,280 and scores from 1,536 on; a third takes over at 2,816.
        settings.retrainEvery = 30 * 86_400 * SampleReadings.second
        // A context of 256 readings would keep the alert of one fault open until the next.
        settings.evidence.remove(.context)
        return settings
    }()
    private static let fourFaults = [1_600, 1_900, 2_200, 2_500].map { $0..<($0 + 20) }
    private static let (first, second) = (Int64(300), Int64(1_280))

    private func readings(
        _ faults: [Range<Int>], rows: Int = 2_800, magnitudes: [Double] = []
    ) throws -> [SampleReading] {
        var plan = SampleReadings.plan(rows: rows)
        for (fault, rows) in faults.enumerated() {
            let magnitude = magnitudes.indices.contains(fault) ? magnitudes[fault] : 14
            try plan.inject(SimulatedFault(shape: .levelShift, stream: 0, channel: 1, rows: rows, magnitude: magnitude))
        }
        return SampleReadings.make(plan, seed: 3)
    }

    private func live(_ run: EngineRun) -> Int64? { run.engine.liveModel(of: StreamID(0))?.id }

    private func scores(_ run: EngineRun) -> [String] { run.rows[0].map { "\($0.modelID) \($0.score)" } }

    @Test func `unconfirmed alerts on its first day take a version back`() throws {
        let run = EngineRun(settings: Self.settings)
        try run.ingest(try readings(Self.fourFaults))
        let plan = try #require(run.rollbacks.first)
        #expect(run.rollbacks.count == 1)
        #expect(plan.from == Self.second && plan.to == Self.first)
        #expect(plan.alerts >= 3 && plan.limit == 3 && plan.earlier == 0)
        #expect(live(run) == Self.first)
        #expect(plan.metrics["first_day_alerts"] == Double(plan.alerts))
        #expect(plan.explanation.contains("nobody confirmed"))
    }

    @Test func `one fault that lasts is one alert, and takes nothing back`() throws {
        let run = EngineRun(settings: Self.settings)
        try run.ingest(try readings([1_600..<2_300]))
        #expect(!run.alerts.isEmpty)
        #expect(run.rollbacks.isEmpty && live(run) == Self.second)
    }

    @Test func `confirmed alerts take nothing back`() throws {
        let run = EngineRun(settings: Self.settings)
        for reading in try readings(Self.fourFaults) {
            try run.ingest(CollectionOfOne(reading))
            run.take(run.alerts.values.map { AlertVerdict(alert: $0, verdict: .confirmed, wasJudgedFiring: false) })
        }
        #expect(run.alerts.count >= 3)
        #expect(run.rollbacks.isEmpty && live(run) == Self.second)
    }

    @Test func `alerts of which nobody was to be told take nothing back`() throws {
        let run = EngineRun(settings: Self.settings)
        run.engine.isQuiet = { _, _ in true }
        try run.ingest(try readings(Self.fourFaults))
        #expect(run.alerts.count >= 3)
        #expect(run.rollbacks.isEmpty && live(run) == Self.second)
    }

    @Test func `a stream that was as much in trouble before keeps its version`() throws {
        let run = EngineRun(settings: Self.settings)
        // Earlier ones that look alike would be learned from.
        try run.ingest(
            try readings(
                [400, 560, 720, 880].map { $0..<($0 + 20) } + Self.fourFaults, magnitudes: [14, -14, 40, -40]))
        #expect(run.alerts.count >= 6)
        #expect(run.rollbacks.isEmpty && live(run) == Self.second)
    }

    @Test(arguments: [1, 7, 100]) func `in batches of any size the same version scores the same readings`(size: Int)
        throws
    {
        let readings = try readings(Self.fourFaults)
        let whole = EngineRun(settings: Self.settings)
        try whole.ingest(readings)
        let parts = EngineRun(settings: Self.settings)
        for start in stride(from: 0, to: readings.count, by: size) {
            try parts.ingest(readings[start..<min(start + size, readings.count)])
        }
        #expect(parts.rollbacks == whole.rollbacks && !whole.rollbacks.isEmpty)
        #expect(scores(parts) == scores(whole))
    }

    @Test(arguments: [1_700, 2_210, 2_520]) func `a restart in between changes nothing`(stop: Int) throws {
        let readings = try readings(Self.fourFaults)
        let whole = EngineRun(settings: Self.settings)
        try whole.ingest(readings)
        var run = EngineRun(settings: Self.settings)
        try run.ingest(readings[..<stop])
        run = try run.resumed()
        try run.ingest(readings[stop...])
        #expect(run.rollbacks == whole.rollbacks && !whole.rollbacks.isEmpty)
        #expect(scores(run) == scores(whole))
    }

    @Test func `a rollback that was lost in a stop is asked for again`() throws {
        let readings = try readings(Self.fourFaults)
        var run = EngineRun(settings: Self.settings)
        var next = 0
        while run.rollbacks.isEmpty, !run.requests.contains(where: { $0.rollback != nil }) {
            // Before a rollback can come, trainings are carried out as they are asked for.
            run.trainsAtOnce = next < 1_600
            try run.ingest(CollectionOfOne(readings[next]))
            next += 1
        }
        let plan = try #require(run.requests.last?.rollback)
        run = try run.resumed()
        #expect(run.requests.map(\.rollback) == [plan])
        try run.train()
        try run.ingest(readings[next...])
        #expect(live(run) == Self.first)
    }

    @Test func `a version that somebody chose stays`() throws {
        let run = EngineRun(settings: Self.settings)
        let readings = try readings(Self.fourFaults)
        try run.ingest(readings[..<1_590])
        var output = DetectionOutput()
        run.engine.roll(StreamID(0), backTo: try #require(run.models[Self.first]), into: &output)
        try run.ingest(readings[1_590...])
        #expect(run.rollbacks.isEmpty)
    }
}
