import AnomalyDetection
import Testing

/// One alert for one change, whatever it does afterwards.
struct RegimeChangeTests {
    /// Seconds after which what an alert is about becomes normal in these tests.
    private static let adaptAfter = 1_800

    private func settings() -> DetectorSettings {
        var settings = DetectorSettings.quick
        settings.retrainEvery = .max
        settings.warmUpReadings = 1_500
        let usual = DetectorSettings()
        (settings.holdReadings, settings.keepFiringReadings) = (usual.holdReadings, usual.keepFiringReadings)
        settings.adaptAfter = Int64(Self.adaptAfter) * SampleReadings.second
        return settings
    }

    private func run(
        _ plan: SimulationPlan, seed: UInt64, settings: DetectorSettings? = nil, batch: Int = 50
    ) throws -> EngineRun {
        let run = EngineRun(settings: settings ?? self.settings())
        run.comparesVersions = true
        let readings = SampleReadings.make(plan, seed: seed)
        for start in stride(from: 0, to: readings.count, by: batch) {
            try run.ingest(readings[start..<min(start + batch, readings.count)])
        }
        try run.finish()
        return run
    }

    private func second(_ time: Timestamp) -> Int {
        Int(time.nanoseconds(since: SampleReadings.start) / SampleReadings.second)
    }

    /// The alerts that began after a second, oldest first.
    private func alerts(of run: EngineRun, after start: Int) -> [Alert] {
        run.alerts.values.filter { second($0.startedAt) >= start }.sorted { $0.id < $1.id }
    }

    @Test(arguments: UInt64(1)...4)
    func `a level shift that stays raises one alert and becomes normal in bounded time`(seed: UInt64) throws {
        let shift = 4_000
        var plan = SampleReadings.plan(rows: 9_000)
        try plan.inject(
            SimulatedFault(shape: .levelShift, stream: 0, channel: 1, rows: shift..<9_000, magnitude: 10))
        let run = try run(plan, seed: seed)

        let alerts = alerts(of: run, after: shift - 10)
        #expect(alerts.count == 1, "\(alerts.map { (second($0.startedAt), $0.shape) })")
        let alert = try #require(alerts.first)
        #expect(second(alert.startedAt) < shift + 60)
        #expect(alert.shape == .levelShift)
        #expect(run.newNormals.map(\.id) == [alert.id])
        // Asked for when it has lasted, in force some readings later, and then nothing is odd any more.
        let end = second(try #require(alert.resolvedAt))
        let bound = second(alert.startedAt) + Self.adaptAfter + DetectorSettings.takeOverLag + 64
        #expect(end <= bound, "\(run.decisions.map(\.reason))")
        // Normal duty: the newest readings are scored, learned from, and a fault on top of the new normal is still found.
        let newest = run.rows[0].suffix(2_000)
        #expect(newest.allSatisfy { !$0.isFiring && $0.score != .max })
        #expect(newest.count { $0.isAlerting } < 20)
    }

    @Test(arguments: [1, 7, 5_000])
    func `when a change becomes normal does not depend on batches`(batch: Int) throws {
        var plan = SampleReadings.plan(rows: 7_000)
        try plan.inject(SimulatedFault(shape: .levelShift, stream: 0, channel: 1, rows: 4_000..<7_000, magnitude: 10))
        let (some, other) = (try run(plan, seed: 1), try run(plan, seed: 1, batch: batch))
        #expect(some.newNormals.map(\.id) == other.newNormals.map(\.id))
        #expect(!some.newNormals.isEmpty)
        #expect(some.alerts == other.alerts)
        #expect(some.rows == other.rows)
    }

    @Test func `a fault on top of a new normal is found`() throws {
        var plan = SampleReadings.plan(rows: 9_000)
        try plan.inject(SimulatedFault(shape: .levelShift, stream: 0, channel: 1, rows: 4_000..<9_000, magnitude: 10))
        try plan.inject(SimulatedFault(shape: .levelShift, stream: 0, channel: 2, rows: 8_000..<8_100, magnitude: 10))
        let run = try run(plan, seed: 5)
        let found = alerts(of: run, after: 7_900)
        #expect(found.count == 1)
        #expect(found.first.map { second($0.startedAt) < 8_060 } == true)
    }

    @Test func `a change that began before the history is adapted to`() throws {
        var settings = settings()
        settings.historyReadings = 1_600
        var plan = SampleReadings.plan(rows: 9_000)
        try plan.inject(SimulatedFault(shape: .levelShift, stream: 0, channel: 1, rows: 4_000..<9_000, magnitude: 10))
        let run = try run(plan, seed: 1, settings: settings)
        #expect(alerts(of: run, after: 3_990).count == 1)
        #expect(alerts(of: run, after: 3_990).first?.resolvedAt != nil, "\(run.decisions.map(\.reason))")
    }

    @Test func `what is stuck never becomes normal by lasting`() throws {
        var plan = SampleReadings.plan(rows: 7_000)
        try plan.inject(SimulatedFault(shape: .stuck, stream: 0, channel: 1, rows: 4_000..<7_000, magnitude: nil))
        let run = try run(plan, seed: 2)
        #expect(run.newNormals.isEmpty)
    }

    @Test func `without adaptation an alert lasts as long as what it is about`() throws {
        var settings = settings()
        settings.adaptAfter = nil
        var plan = SampleReadings.plan(rows: 9_000)
        try plan.inject(SimulatedFault(shape: .levelShift, stream: 0, channel: 1, rows: 4_000..<9_000, magnitude: 10))
        let run = try run(plan, seed: 1, settings: settings)
        #expect(run.newNormals.isEmpty)
        let alerts = alerts(of: run, after: 3_990)
        #expect(alerts.count == 1)
        #expect(alerts.first?.resolvedAt == nil)
    }

    @Test func `what somebody called the new normal is learned as soon as there are enough readings`() throws {
        var plan = SampleReadings.plan(rows: 8_000)
        try plan.inject(SimulatedFault(shape: .levelShift, stream: 0, channel: 1, rows: 4_000..<8_000, magnitude: 10))
        var settings = settings()
        settings.adaptAfter = nil
        let run = EngineRun(settings: settings)
        run.comparesVersions = true
        let readings = SampleReadings.make(plan, seed: 1)
        try run.ingest(readings[..<4_100])
        let alert = try #require(alerts(of: run, after: 3_990).first)
        try run.learnNewNormal(of: alert)
        for start in stride(from: 4_100, to: 8_000, by: 50) { try run.ingest(readings[start..<(start + 50)]) }
        let end = try #require(run.alerts[alert.id]?.resolvedAt)
        #expect(second(end) < 4_000 + 1_500 + DetectorSettings.takeOverLag + 150, "\(run.decisions.map(\.reason))")
        #expect(alerts(of: run, after: 3_990).count == 1)
    }

    @Test func `a sensor that flaps around the threshold for an hour raises one alert`() throws {
        let model = EchoEvidence.model(firing: 10, clearing: 6)
        var settings = DetectorSettings.quick
        settings.coolDown = DetectorSettings().coolDown
        let engine = EchoEvidence.engine(model, settings: settings)
        // Up for twenty seconds, down for a while that grows from seconds to minutes.
        var readings: [(second: Int64, value: Double)] = (0..<100).map { ($0, 0) }
        var pause: Int64 = 10
        while readings.count < 100 + 3_600 {
            let start = Int64(readings.count)
            readings += (start..<(start + 20)).map { ($0, 12) }
            readings += ((start + 20)..<(start + 20 + pause)).map { ($0, 0) }
            pause = min(2 * pause, 840)
        }
        let start = Int64(readings.count)
        readings += (start..<(start + 2_000)).map { ($0, 0) }
        var output = DetectionOutput()
        engine.ingest(EchoEvidence.batch(readings), into: &output)
        #expect(output.transitions.filter { $0.kind != .updated }.map(\.kind) == [.fired, .resolved])
    }
}
