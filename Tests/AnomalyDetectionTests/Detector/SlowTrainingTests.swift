import AnomalyDetection
import LinearAlgebra
import Testing

/// Trainings that take long: readings wait, are given up on, and go on with what there is.
struct SlowTrainingTests {
    /// More readings wait for the first model than may wait for a candidate, which is asked for on the way through them.
    @Test(arguments: UInt64(1)...3) func `readings stay in order when the limit is reached among them`(seed: UInt64)
        throws
    {
        var settings = DetectorSettings.quick
        settings.retrainEvery = 600 * SampleReadings.second
        settings.heldReadingLimit = 200
        let run = EngineRun(settings: settings)
        run.trainsAtOnce = false
        var plan = SampleReadings.plan(rows: 4_000)
        try plan.inject(
            SimulatedFault(shape: .levelShift, stream: 0, channel: 1, rows: 1_500..<1_600, magnitude: 8))
        let readings = SampleReadings.make(plan, seed: seed)
        try run.ingest(readings[..<3_000])
        try run.train()
        try run.ingest(readings[3_000...])
        try run.train()
        try run.finish()
        let scored = run.rows[0].filter { $0.score != .max }
        #expect(scored.count > 3_000)
        // Models take over in the order in which they were trained.
        #expect(zip(scored, scored.dropFirst()).allSatisfy { $0.modelID <= $1.modelID })
        #expect(run.alerts.values.allSatisfy { $0.startedAt <= $0.resolvedAt ?? $0.startedAt })
    }

    @Test(arguments: UInt64(1)...4) func `readings stay in order however late trainings end`(seed: UInt64) throws {
        var settings = DetectorSettings.quick
        settings.warmUpReadings = 400
        settings.retrainEvery = 6 * 3_600 * SampleReadings.second
        settings.heldReadingLimit = 700
        settings.adaptAfter = 24 * 3_600 * SampleReadings.second
        let plan = SimulationPlan(
            kinds: [.pump, .motor, .room], streamCount: 3, start: SampleReadings.start,
            intervalNanoseconds: 60 * SampleReadings.second, rowCount: 5_000)
        let run = EngineRun(settings: settings)
        run.trainsAtOnce = false
        run.comparesVersions = true
        let readings = SampleReadings.make(plan, seed: seed)
        var random = RandomSource(seed: seed)
        for piece in readings.cutAtRandom(limit: 600, random: &random) {
            try run.ingest(piece)
            if random.uniform() < 0.1 || run.engine.isSaturated { try run.train() }
        }
        try run.train()
        try run.finish()
        for rows in run.rows { #expect(rows.suffix(2_000).allSatisfy { $0.score != .max }) }
    }
}
