import AnomalyDetection
import Testing

/// What an alert says of itself beyond its score.
struct AlertDetailTests {
    private func run(_ faults: [SimulatedFault], lost: Range<Int> = 0..<0, seed: UInt64 = 11) throws -> EngineRun {
        var settings = DetectorSettings()
        settings.warmUpReadings = 1_500
        settings.retrainEvery = 86_400 * SampleReadings.second
        var plan = SampleReadings.plan(rows: 2_300)
        for fault in faults { try plan.inject(fault) }
        let run = EngineRun(settings: settings)
        let readings = SampleReadings.make(plan, seed: seed).enumerated().filter { !lost.contains($0.offset) }
        try run.ingest(readings.map(\.element))
        try run.finish()
        return run
    }

    private func alert(
        _ shape: FaultShape, channel: Int = 1, magnitude: Double?, lost: Range<Int> = 0..<0
    ) throws -> Alert {
        let fault = SimulatedFault(shape: shape, stream: 0, channel: channel, rows: 2_000..<2_100, magnitude: magnitude)
        let during = SampleReadings.start.advanced(byNanoseconds: 2_050 * SampleReadings.second)
        let alert = try run([fault], lost: lost).alerts.values.first { alert in
            alert.startedAt <= during && alert.resolvedAt.map { $0 >= during } ?? true
        }
        return try #require(alert)
    }

    @Test(arguments: UInt64(1)...4) func `the channels' shares of every alert sum to one`(seed: UInt64) throws {
        let run = EngineRun(settings: .quick)
        try run.ingest(SampleReadings.troubled(rows: 1_600, seed: seed))
        #expect(!run.alerts.isEmpty)
        for alert in run.alerts.values {
            #expect(abs(alert.contributions.reduce(0) { $0 + $1.share } - 1) < 1e-9)
            #expect(alert.contributions.allSatisfy { $0.share >= 0 })
        }
    }

    // With a small part of its reading the simulated sensor is nearer to where it was than its own range is wide.
    @Test(arguments: [
        (1_000.0, UnitChange.times1000), (100, .times100), (10, .times10),
    ]) func `a change of unit tells its factor`(factor: Double, change: UnitChange) throws {
        let alert = try alert(.unitChange, magnitude: factor)
        #expect(alert.shape == .unitChange)
        #expect(alert.unitChange == change)
        #expect(alert.contributions.first?.channel == MachineKind.pump.channels[1].name)
    }

    @Test func `a shift to another level is no change of unit`() throws {
        let alert = try alert(.levelShift, magnitude: 9)
        #expect(alert.shape == .levelShift)
        #expect(alert.unitChange == nil)
    }

    @Test func `an alert says at which score it clears and until when it becomes normal`() throws {
        let alert = try alert(.levelShift, magnitude: 9)
        let clearing = try #require(alert.clearingThreshold)
        #expect(clearing > 0 && clearing <= alert.threshold)
        #expect(alert.adaptsAt == alert.startedAt.advanced(byNanoseconds: 86_400 * SampleReadings.second))
    }

    @Test func `what is stuck never becomes normal`() throws {
        let alert = try alert(.stuck, magnitude: nil)
        #expect(alert.shape == .stuck)
        #expect(alert.adaptsAt == nil)
    }

    @Test func `an alert says how many readings of its window did not come`() throws {
        let undisturbed = try alert(.levelShift, magnitude: 9)
        let whole = try #require(undisturbed.window)
        #expect(whole.readings > 8 && whole.missing == 0)
        // The window is that of the peak.
        let peak = Int(undisturbed.peakAt.nanoseconds(since: SampleReadings.start) / SampleReadings.second)
        let lost = (peak - whole.readings / 2)..<(peak - whole.readings / 2 + 1)
        let lossy = try #require(try alert(.levelShift, magnitude: 9, lost: lost).window)
        #expect(lossy.missing == 1)
    }
}
