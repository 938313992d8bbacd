import AnomalyDetection
import Testing

struct AlertReplayTests {
    /// A pump's readings with faults, as the live engine scored them with a model that was fitted to their first part.
    private struct Live {
        var settings = DetectorSettings()
        var model: StreamModel
        var rows: [DetectionOutput.Row]

        init(seed: UInt64) throws {
            settings.warmUpReadings = 400
            settings.retrainEvery = nil
            var plan = SampleReadings.plan(rows: 2_000)
            for (index, row) in [700, 1_100, 1_500].enumerated() {
                try plan.inject(
                    SimulatedFault(
                        shape: .levelShift, stream: 0, channel: index, rows: row..<(row + 40),
                        magnitude: Double(2 + 3 * index)))
            }
            let readings = SampleReadings.make(plan, seed: seed)
            let run = EngineRun(settings: settings)
            try run.ingest(readings)
            try run.finish()
            model = try #require(run.engine.liveModel(of: StreamID(0))).model
            rows = run.rows[0].map { scored in
                var row = DetectionOutput.Row(
                    stream: StreamID(0), time: scored.time, valueStart: 0, valueCount: 0,
                    score: scored.score == .max ? .nan : Float(bitPattern: scored.score), modelID: scored.modelID,
                    isAlerting: scored.isAlerting)
                row.sum = scored.sum == .max ? .nan : Float(bitPattern: scored.sum)
                row.isFiring = scored.isFiring
                return row
            }
        }

        func firing(falseAlarms count: Double) -> [Bool] {
            let ids = Set(rows.map(\.modelID)).subtracting([0])
            return AlertReplay(settings: settings, models: Dictionary(uniqueKeysWithValues: ids.map { ($0, model) }))
                .firing(
                    sums: rows.map(\.sum), times: rows.map(\.time), modelIDs: rows.map(\.modelID),
                    budget: FalseAlarmBudget(count: count, period: FalseAlarmBudget.standard.period))
        }
    }

    @Test(arguments: UInt64(1)...4) func `under the budget itself a replay raises the live alerts`(seed: UInt64) throws
    {
        let live = try Live(seed: seed)
        let flags = live.rows.map(\.isFiring)
        #expect(flags.contains(true))
        #expect(live.firing(falseAlarms: 1) == flags)
    }

    @Test(arguments: UInt64(1)...4) func `a larger budget fires whenever a smaller one begins to`(seed: UInt64) throws {
        let live = try Live(seed: seed)
        var last: [Bool]?
        for count in [0.01, 0.1, 1, 10, 100] {
            let firing = live.firing(falseAlarms: count)
            for run in LabelledEvents.runs(of: last ?? []) { #expect(firing[run.lowerBound]) }
            last = firing
        }
        #expect(live.firing(falseAlarms: 100).count { $0 } > live.firing(falseAlarms: 0.01).count { $0 })
    }
}
