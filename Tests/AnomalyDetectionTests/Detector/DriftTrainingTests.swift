import AnomalyDetection
import Testing

/// Trainings that are due because scores have drifted, on simulated machines that read once a minute.
struct DriftTrainingTests {
    private static let day = 1_440

    private func plan(_ kind: MachineKind, days: Int) -> SimulationPlan {
        SimulationPlan(
            kinds: [kind], streamCount: 1, start: SampleReadings.start,
            intervalNanoseconds: 60 * SampleReadings.second, rowCount: days * Self.day)
    }

    /// The days on which a training was asked for because of a drift.
    private func drifts(_ plan: SimulationPlan, seed: UInt64) throws -> [Int] {
        var settings = DetectorSettings.quick
        let usual = DetectorSettings()
        (settings.holdReadings, settings.keepFiringReadings) = (usual.holdReadings, usual.keepFiringReadings)
        settings.coolDown = usual.coolDown
        // Trainings come with growth alone, up to day 7.
        settings.retrainEvery = .max
        let run = EngineRun(settings: settings)
        run.comparesVersions = true
        let readings = SampleReadings.make(plan, seed: seed)
        for start in stride(from: 0, to: readings.count, by: 300) {
            try run.ingest(readings[start..<min(start + 300, readings.count)])
        }
        return run.asked.filter { $0.reason == .drift }.map { $0.throughReading / Self.day }
    }

    @Test(arguments: [MachineKind.pump, .motor, .room], UInt64(1)...2)
    func `a machine that stays as it is asks for none in two weeks`(kind: MachineKind, seed: UInt64) throws {
        let days = try drifts(plan(kind, days: 14), seed: seed)
        #expect(days.isEmpty)
    }
}
