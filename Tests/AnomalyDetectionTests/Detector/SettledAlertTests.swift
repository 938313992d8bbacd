import AnomalyDetection
import LinearAlgebra
import Testing

/// Where settled scores place alerts in time.
struct SettledAlertTests {
    /// An engine whose live sum is the reading itself; alerts fire at 10 and clear at 6.
    private func engine() -> DetectionEngine {
        EchoEvidence.engine(EchoEvidence.model(firing: 10, clearing: 6))
    }

    private func second(_ time: Timestamp) -> Int64 {
        time.nanoseconds(since: SampleReadings.start) / SampleReadings.second
    }

    private func described(_ alert: DetectionOutput.SettledAlert) -> [Int64?] {
        [second(alert.startedAt), second(alert.settledAt)]
            + [alert.extent?.lowerBound, alert.extent?.upperBound].map { $0.map(second) }
    }

    /// Zeros but for stretches of twenties.
    private func readings(_ count: Int64, faults: [Range<Int64>]) -> [(second: Int64, value: Double)] {
        (0..<count).map { second in (second, faults.contains { $0.contains(second) } ? 20 : 0) }
    }

    @Test func `an alert extends over the readings whose settled sum is over the clearing sum`() {
        let engine = engine()
        var output = DetectionOutput()
        engine.ingest(EchoEvidence.batch(readings(400, faults: [200..<240])), into: &output)
        #expect(output.transitions.filter { $0.kind != .updated }.map(\.kind) == [.fired, .resolved])
        // 20 of 64 readings of 20 make 6.25: from 156, the last of whose 64 is 219, to 220. It is known with 239,
        // the live end.
        #expect(output.settledAlerts.map(described) == [[200, 239, 156, 220]])
    }

    @Test func `stretches that overlap one alert are its extent from the first to the last`() {
        let engine = engine()
        var output = DetectionOutput()
        // The faults are so far apart that settled sums fall between them, and so near that one alert spans them.
        engine.ingest(
            EchoEvidence.batch(readings(600, faults: [200..<225, 250..<252, 280..<282, 310..<335])), into: &output)
        let fired = output.transitions.filter { $0.kind == .fired }
        #expect(fired.count == 1)
        #expect(output.settledAlerts.count == 1)
        #expect(output.settledAlerts[0].extent.map { second($0.lowerBound) } ?? 999 < 200)
        #expect(output.settledAlerts[0].extent.map { second($0.upperBound) } ?? 0 > 310)
    }

    @Test func `an alert that settled scores do not bear out has no extent, and one that follows has its own`() {
        let engine = engine()
        var output = DetectionOutput()
        engine.ingest(EchoEvidence.batch(readings(700, faults: [200..<206, 400..<440])), into: &output)
        #expect(output.settledAlerts.map(described) == [[200, 205, nil, nil], [400, 439, 356, 420]])
    }

    @Test func `what was pending and never fired is no alert`() {
        let engine = engine()
        var output = DetectionOutput()
        let faults: [Range<Int64>] = stride(from: 200, to: 300, by: 3).map { Int64($0)..<Int64($0 + 2) }
        engine.ingest(EchoEvidence.batch(readings(500, faults: faults)), into: &output)
        #expect(output.settled.contains { $0.score > 1 + 6 / 2.4 }, "settled sums are high")
        #expect(output.transitions.isEmpty)
        #expect(output.settledAlerts.isEmpty)
    }

    @Test func `at the end of input an ended alert is placed with what there is, and again when its stream goes on`() {
        let all = readings(500, faults: [200..<240])
        let engine = engine()
        var output = DetectionOutput()
        engine.ingest(EchoEvidence.batch(Array(all[..<275])), into: &output)
        #expect(output.settledAlerts.isEmpty, "the newest settled reading is 211")
        output.removeAll()
        engine.settleWaiting(into: &output)
        // Fewer windows cover the newest readings yet, so more of each is the fault.
        #expect(output.settledAlerts.map(described) == [[200, 239, 156, 225]])
        output.removeAll()
        engine.ingest(EchoEvidence.batch(Array(all[275...])), into: &output)
        #expect(output.settledAlerts.map(described) == [[200, 239, 156, 220]])
    }

    @Test func `an alert that is still open is not placed`() {
        let engine = engine()
        var output = DetectionOutput()
        engine.ingest(EchoEvidence.batch(readings(400, faults: [200..<400])), into: &output)
        engine.settleWaiting(into: &output)
        #expect(output.transitions.map(\.kind).contains(.fired))
        #expect(output.settledAlerts.isEmpty)
    }

    @Test(arguments: [UInt64(1), 3]) func `every alert that ended is placed once the stream has gone on`(seed: UInt64)
        throws
    {
        let run = EngineRun(settings: .quick)
        for reading in try SampleReadings.troubled(rows: 1_600, seed: seed) { try run.ingest([reading]) }
        try run.finish()
        let ended = run.alerts.values.filter { $0.resolvedAt != nil }
        #expect(!ended.isEmpty)
        #expect(
            Set(run.settledAlerts.values.map(\.startedAt)) == Set(ended.map(\.startedAt)),
            "of \(run.alerts.count) alerts")
    }
}
