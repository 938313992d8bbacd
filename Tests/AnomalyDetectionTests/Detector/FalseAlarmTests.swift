import AnomalyDetection
import Testing

/// What was called a false alarm does not fire again, and everything else does.
struct FalseAlarmTests {
    /// The seconds at which a pump's flow jumps for a while, as when a valve is tested.
    private static let tests = [2_000, 3_000, 4_000]

    private func readings(lastMagnitude: Double = 9, lastChannel: Int = 2) throws -> [SampleReading] {
        var plan = SampleReadings.plan(rows: 5_000)
        for start in Self.tests {
            let isLast = start == Self.tests.last
            try plan.inject(
                SimulatedFault(
                    shape: .levelShift, stream: 0, channel: isLast ? lastChannel : 2, rows: start..<(start + 40),
                    magnitude: isLast ? lastMagnitude : 9))
        }
        return SampleReadings.make(plan, seed: 11)
    }

    private func settings() -> DetectorSettings {
        var settings = DetectorSettings.quick
        settings.retrainEvery = nil
        settings.warmUpReadings = 1_500
        return settings
    }

    /// The alerts of a run that begin around a second.
    private func alerts(_ run: EngineRun, at second: Int) -> [Alert] {
        run.alerts.values.filter { alert in
            let start = alert.startedAt.nanoseconds(since: SampleReadings.start) / SampleReadings.second
            return (Int64(second) - 5...Int64(second) + 60).contains(start)
        }
    }

    private func run(_ readings: [SampleReading], verdict: AlertVerdict.Verdict?) throws -> EngineRun {
        let run = EngineRun(settings: settings())
        try run.ingest(readings[..<2_500])
        let alert = try #require(alerts(run, at: 2_000).first)
        #expect(alert.resolvedAt != nil)
        if let verdict { run.take([AlertVerdict(alert: alert, verdict: verdict, wasJudgedFiring: false)]) }
        for start in stride(from: 2_500, to: readings.count, by: 100) {
            try run.ingest(readings[start..<(start + 100)])
        }
        return run
    }

    @Test func `without a word the same fires each time`() throws {
        let run = try run(readings(), verdict: nil)
        for start in Self.tests { #expect(alerts(run, at: start).count == 1) }
    }

    @Test func `after a verdict the same does not fire again`() throws {
        let run = try run(readings(), verdict: .falseAlarm)
        #expect(alerts(run, at: 3_000).isEmpty)
        #expect(alerts(run, at: 4_000).isEmpty)
        // Its readings are marked all the same, so that nobody learns from them by accident.
        #expect(run.rows[0][3_010..<3_040].contains { $0.isAlerting })
    }

    @Test func `what is larger or elsewhere fires`() throws {
        let larger = try run(readings(lastMagnitude: 30), verdict: .falseAlarm)
        #expect(alerts(larger, at: 3_000).isEmpty)
        #expect(alerts(larger, at: 4_000).count == 1)
        let elsewhere = try run(readings(lastChannel: 0), verdict: .falseAlarm)
        #expect(alerts(elsewhere, at: 4_000).count == 1)
    }

    @Test func `other verdicts keep nothing from firing`() throws {
        let run = try run(readings(), verdict: .confirmed)
        #expect(alerts(run, at: 3_000).count == 1)
    }

    @Test func `a verdict that is taken back while the fault lasts gives another alert, with a beginning of its own`()
        throws
    {
        let readings = try readings()
        let run = EngineRun(settings: settings())
        try run.ingest(readings[..<2_025])
        let alert = try #require(alerts(run, at: 2_000).first)
        run.take([AlertVerdict(alert: alert, verdict: .falseAlarm, wasJudgedFiring: true)])
        run.take([AlertVerdict(alert: alert, verdict: .confirmed, wasJudgedFiring: true)])
        try run.ingest(readings[2_025..<2_500])
        let both = alerts(run, at: 2_000)
        #expect(both.count == 2)
        #expect(Set(both.map(\.startedAt)).count == 2)
    }

    @Test func `an alert that fires ends when it is called false, and a verdict that is taken back counts no more`()
        throws
    {
        let readings = try readings()
        let run = EngineRun(settings: settings())
        try run.ingest(readings[..<2_025])
        let alert = try #require(alerts(run, at: 2_000).first)
        #expect(alert.resolvedAt == nil)
        run.take([AlertVerdict(alert: alert, verdict: .falseAlarm, wasJudgedFiring: true)])
        #expect(run.told.filter { $0.alert.id == alert.id }.map(\.kind) == [.fired, .resolved])
        try run.ingest(readings[2_025..<3_500])
        #expect(alerts(run, at: 2_000).count == 1)
        #expect(alerts(run, at: 3_000).isEmpty)
        run.take([])
        try run.ingest(readings[3_500..<4_500])
        #expect(alerts(run, at: 4_000).count == 1)
    }
}
