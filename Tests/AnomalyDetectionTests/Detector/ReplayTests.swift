import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

struct ReplayTests {
    private func run(
        _ batches: [ArraySlice<SampleReading>], settings: DetectorSettings = .quick
    ) throws -> EngineRun {
        let run = EngineRun(settings: settings)
        for batch in batches { try run.ingest(batch) }
        try run.finish()
        return run
    }

    @Test(arguments: UInt64(1)...6)
    func `one batch and many give the same scores and alerts to the last bit`(seed: UInt64) throws {
        let readings = try SampleReadings.troubled(rows: 1_600, seed: seed)
        let whole = try run([readings[...]])
        #expect(!whole.alerts.isEmpty, "the sample must raise alerts")
        #expect(Set(whole.rows[0].map(\.modelID)).count > 2, "the sample must be long enough to train again")
        var random = RandomSource(seed: seed)
        for limit in [1, 7, 64, 500] {
            let many = try run(readings.cutAtRandom(limit: limit, random: &random))
            expectEqual(whole, many, "batches of at most \(limit)")
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `a fault before a thousand readings that are too far apart to be scored is still explained`(seed: UInt64)
        throws
    {
        var settings = DetectorSettings.quick
        settings.retrainEvery = nil
        var plan = SampleReadings.plan(rows: 3_000)
        try plan.inject(
            SimulatedFault(shape: .levelShift, stream: 0, channel: 2, rows: 321..<340, magnitude: 9))
        var readings = SampleReadings.make(plan, seed: seed)
        for index in 340..<readings.count {
            readings[index].time = readings[index].time.advanced(
                byNanoseconds: Int64(index - 339) * 1_000 * SampleReadings.second)
        }
        let whole = try run([readings[...]], settings: settings)
        #expect(whole.alerts.count == 1)
        #expect(whole.rows[0].count { $0.score == .max } > 2_500, "the readings must be too far apart")
        expectEqual(whole, try run(readings.map { [$0][...] }, settings: settings), "one reading at a time")
    }

    @Test func `a reading that has no score does not interrupt an alert`() throws {
        var settings = DetectorSettings.quick
        settings.retrainEvery = nil
        var plan = SampleReadings.plan(rows: 700)
        try plan.inject(
            SimulatedFault(shape: .levelShift, stream: 0, channel: 2, rows: 400..<600, magnitude: 9))
        let sample = SampleReadings.make(plan, seed: 3)
        // Nothing comes for longer than any window while the fault lasts.
        let readings = sample.enumerated().map { index, reading in
            var reading = reading
            if index >= 450 { reading.time = reading.time.advanced(byNanoseconds: 400 * SampleReadings.second) }
            return reading
        }
        let rows = try run([readings[...]], settings: settings).rows[0]
        let gap = rows[450..<470]
        #expect(gap.contains { $0.score == .max }, "the readings after the gap must be without a score at first")
        #expect(rows[449].isFiring)
        for (before, after) in zip(rows[449...], rows[450..<470]) where after.score == .max {
            #expect(after.isFiring == before.isFiring && after.isAlerting == before.isAlerting)
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `a stream's scores do not depend on the streams that it is interleaved with`(seed: UInt64) throws {
        let readings = try SampleReadings.troubled(streams: 5, rows: 900, seed: seed)
        let whole = try run([readings[...]])
        #expect(whole.alerts.count > 3, "the sample must raise alerts")
        var random = RandomSource(seed: seed)
        let many = try run(readings.cutAtRandom(limit: 300, random: &random))
        #expect(whole.rows == many.rows)
        for stream in 0..<5 {
            let alone = EngineRun(settings: .quick)
            for reading in readings where reading.stream == stream { try alone.ingest(CollectionOfOne(reading)) }
            try alone.finish()
            #expect(alone.rows[stream] == whole.rows[stream], "stream \(stream) alone")
            #expect(firstDifference(alone.unnumbered(stream), whole.unnumbered(stream)) == nil)
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `alerts of many streams are numbered in the order of firing, in one batch as in many`(seed: UInt64) throws {
        let streams = 4
        let sound = SampleReadings.sound(streams: streams, rows: 320, seed: seed)
        var plan = SampleReadings.plan(streams: streams, rows: 900)
        var random = RandomSource(seed: seed)
        for stream in 0..<streams {
            for start in [400, 550, 700] {
                let row = start + random.index(below: 60)
                try plan.inject(
                    SimulatedFault(
                        shape: .levelShift, stream: stream, channel: stream, rows: row..<(row + 30), magnitude: 9))
            }
        }
        let rest = Array(SampleReadings.make(plan, seed: seed)[(320 * streams)...])
        func numbered(_ batches: [ArraySlice<SampleReading>]) throws -> EngineRun {
            // What waits for a training is told behind what does not.
            var settings = DetectorSettings.quick
            settings.retrainEvery = nil
            let run = EngineRun(settings: settings)
            try run.ingest(sound)
            for batch in batches { try run.ingest(batch) }
            return run
        }
        let whole = try numbered([rest[...]])
        #expect(whole.alerts.count > streams, "the sample must raise alerts")
        let fired = whole.told.filter { $0.kind == .fired }.map(\.alert)
        #expect(fired.map(\.id) == Array(1...Int64(fired.count)))
        #expect(zip(fired, fired.dropFirst()).allSatisfy { $0.firedAt <= $1.firedAt })
        for limit in [1, 10, 100] {
            let many = try numbered(rest.cutAtRandom(limit: limit, random: &random))
            expectEqual(whole, many, "batches of at most \(limit)")
        }
    }

    @Test(arguments: UInt64(1)...3)
    func `cells that come one by one give the scores of whole readings`(seed: UInt64) throws {
        let readings = try SampleReadings.troubled(rows: 900, seed: seed)
        let whole = try run([readings[...]])
        let cells = readings.flatMap { reading in
            reading.cells.map { SampleReading(stream: reading.stream, time: reading.time, cells: [$0]) }
        }
        var random = RandomSource(seed: seed)
        let many = try run(cells.cutAtRandom(limit: 30, random: &random))
        // A reading without any cell leaves no trace in the long layout.
        #expect(readings.allSatisfy { !$0.cells.isEmpty })
        expectEqual(whole, many, "cell by cell")
    }

    @Test(arguments: UInt64(1)...2)
    func `a trained network's scores are the same in one batch and in many`(seed: UInt64) throws {
        var settings = DetectorSettings.quick
        settings.warmUpReadings = 1_000
        settings.retrainEvery = 3_600 * SampleReadings.second
        let readings = try SampleReadings.troubled(rows: 2_000, seed: seed)
        func run(_ batches: [ArraySlice<SampleReading>]) throws -> EngineRun {
            let run = EngineRun(settings: settings, training: .network)
            for batch in batches { try run.ingest(batch) }
            return run
        }
        let whole = try run([readings[...]])
        #expect(whole.live[0]?.model.network?.network.isTrained == true, "the network must take part")
        var random = RandomSource(seed: seed)
        for limit in [3, 200] {
            expectEqual(
                whole, try run(readings.cutAtRandom(limit: limit, random: &random)), "batches of at most \(limit)")
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `a training that takes its time changes no score`(seed: UInt64) throws {
        let readings = try SampleReadings.troubled(rows: 1_600, seed: seed)
        let atOnce = try run([readings[...]])
        let slow = EngineRun(settings: .quick)
        slow.trainsAtOnce = false
        var random = RandomSource(seed: seed)
        for batch in readings.cutAtRandom(limit: 40, random: &random) {
            try slow.ingest(batch)
            if random.uniform() < 0.15 { try slow.train() }
        }
        try slow.finish()
        slow.trainsAtOnce = true
        try slow.train()
        expectEqual(atOnce, slow, "trainings that end whenever they end")
    }

    @Test func `readings that are not newer are counted and change nothing`() throws {
        let readings = SampleReadings.sound(rows: 400, seed: 3)
        let clean = try run([readings[...]])
        let run = EngineRun(settings: .quick)
        for (index, reading) in readings.enumerated() {
            try run.ingest([reading])
            if index % 50 == 49 { try run.ingest([readings[index], readings[index - 20]]) }
        }
        try run.finish()
        #expect(run.lateCount == 16)
        #expect(run.rows == clean.rows)
    }
}
