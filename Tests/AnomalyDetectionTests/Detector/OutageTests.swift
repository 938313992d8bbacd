import AnomalyDetection
import Testing

/// That readings which do not come are no anomaly.
struct OutageTests {
    /// A detector that has learned pumps and motors, and then misses some readings again and again.
    private func alerts(kind: MachineKind, gap: Int, seed: UInt64) throws -> (alerts: [Alert], scored: Int) {
        let count = 6_000
        let plan = SimulationPlan(
            kinds: [kind], streamCount: 1, start: SampleReadings.start,
            intervalNanoseconds: SampleReadings.second, rowCount: count)
        let readings = SampleReadings.make(plan, seed: seed).enumerated().filter { row, _ in
            row < 3_000 || row % 500 >= gap
        }
        var settings = DetectorSettings()
        settings.retrainEvery = nil
        settings.warmUpReadings = 2_500
        let run = EngineRun(settings: settings)
        run.comparesVersions = true
        try run.ingest(readings.map(\.element))
        try run.finish()
        return (Array(run.alerts.values), run.rows[0].count { Float(bitPattern: $0.score).isFinite })
    }

    @Test(arguments: [1, 2, 3, 5, 12, 40, 90])
    func `readings that are missing raise no alert`(gap: Int) throws {
        for kind in [MachineKind.pump, .motor] {
            let (alerts, scored) = try alerts(kind: kind, gap: gap, seed: 7)
            #expect(alerts.isEmpty, "\(kind): \(alerts.map(\.shape)), \(alerts.map(\.peakScore))")
            // Behind a gap that fills less than half a window readings are scored again at once.
            if gap < 40 { #expect(scored > 3_000, "\(kind)") }
        }
    }

    @Test func `a fault right behind an outage is found`() throws {
        var plan = SampleReadings.plan(rows: 4_000)
        try plan.inject(
            SimulatedFault(shape: .levelShift, stream: 0, channel: 1, rows: 3_600..<3_800, magnitude: 8))
        let readings = SampleReadings.make(plan, seed: 5).enumerated().filter { row, _ in !(3_560..<3_600 ~= row) }
        var settings = DetectorSettings()
        settings.retrainEvery = nil
        settings.warmUpReadings = 2_500
        let run = EngineRun(settings: settings)
        run.comparesVersions = true
        try run.ingest(readings.map(\.element))
        try run.finish()
        let alert = try #require(run.alerts.values.first)
        let second = alert.firedAt.nanoseconds(since: SampleReadings.start) / SampleReadings.second
        #expect(run.alerts.count == 1 && (3_600..<3_700).contains(second), "\(second)")
    }
}
