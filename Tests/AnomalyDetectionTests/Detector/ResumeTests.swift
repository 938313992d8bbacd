import AnomalyDetection
import LinearAlgebra
import Testing
import VAE

struct ResumeTests {
    private func run(_ readings: ArraySlice<SampleReading>, _ run: EngineRun) throws -> EngineRun {
        var random = RandomSource(seed: UInt64(readings.count))
        for batch in Array(readings).cutAtRandom(limit: 90, random: &random) { try run.ingest(batch) }
        return run
    }

    /// Whole readings, so that a stop after any of them leaves none half put together: what a source sends again.
    private func readings(rows: Int, streams: Int = 1, seed: UInt64) throws -> [SampleReading] {
        try SampleReadings.troubled(streams: streams, rows: rows, seed: seed).map { reading in
            var whole = reading
            whole.cells = (0..<MachineKind.channelCount).map { channel in
                reading.cells.first { $0.channel == channel } ?? .init(channel: channel, value: .nan)
            }
            return whole
        }
    }

    // Seeds whose samples raise more than one alert.
    @Test(arguments: [UInt64(1), 3, 4, 6, 7, 8])
    func `a run that was stopped anywhere goes on as if it had not been`(seed: UInt64) throws {
        let readings = try readings(rows: 1_500, seed: seed)
        let whole = try run(readings[...], EngineRun(settings: .quick))
        #expect(whole.alerts.count > 1 && Set(whole.rows[0].map(\.modelID)).count > 2, "the sample must be eventful")
        var random = RandomSource(seed: seed)
        for _ in 0..<8 {
            let stop = 1 + random.index(below: readings.count - 1)
            let resumed = try run(readings[..<stop], EngineRun(settings: .quick)).resumed()
            expectEqual(whole, try run(readings[stop...], resumed), "stopped after \(stop) readings")
        }
    }

    @Test(arguments: UInt64(1)...2)
    func `a run that is stopped after every few readings goes on as if it had not been`(seed: UInt64) throws {
        let readings = try readings(rows: 1_200, streams: 2, seed: seed)
        let whole = try run(readings[...], EngineRun(settings: .quick))
        var random = RandomSource(seed: seed)
        var resumed = EngineRun(settings: .quick)
        for batch in readings.cutAtRandom(limit: 60, random: &random) {
            try resumed.ingest(batch)
            resumed = try resumed.resumed()
        }
        expectEqual(whole, resumed, "stopped again and again")
    }

    @Test(arguments: UInt64(1)...4)
    func `an alert that was open at the stop is the same alert afterwards`(seed: UInt64) throws {
        var plan = SampleReadings.plan(rows: 800)
        try plan.inject(SimulatedFault(shape: .levelShift, stream: 0, channel: 1, rows: 500..<600, magnitude: 10))
        let readings = SampleReadings.make(plan, seed: seed)
        let whole = try run(readings[...], EngineRun(settings: .quick))
        for stop in [502, 510, 550, 610] {
            let before = try run(readings[..<stop], EngineRun(settings: .quick))
            let wasFiring = before.rows[0].last?.isFiring == true
            let after = try run(readings[stop...], before.resumed())
            #expect(stop == 502 || wasFiring, "the alert must be open after \(stop) readings")
            expectEqual(whole, after, "stopped after \(stop) readings")
            #expect(after.told.count { $0.kind == .fired } == after.alerts.count, "no alert fires twice")
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `a training whose result was lost is asked for again, and readings that waited are scored`(seed: UInt64) throws
    {
        let readings = try readings(rows: 1_400, seed: seed)
        let whole = try run(readings[...], EngineRun(settings: .quick))
        var random = RandomSource(seed: seed)
        for _ in 0..<6 {
            let stop = 301 + random.index(below: readings.count - 320)
            let slow = EngineRun(settings: .quick)
            slow.trainsAtOnce = false
            for batch in Array(readings[..<stop]).cutAtRandom(limit: 50, random: &random) {
                try slow.ingest(batch)
                if random.uniform() < 0.1 { try slow.train() }
            }
            let asked = slow.requests
            let waiting = slow.engine.heldReadingCount
            let resumed = try slow.resumed()
            // A rejection that was not yet in force is lost too, so there may be more.
            #expect(asked.allSatisfy { resumed.requests.contains($0) }, "asked for again after \(stop) readings")
            #expect(resumed.engine.heldReadingCount == waiting, "waiting after \(stop) readings")
            resumed.trainsAtOnce = true
            try resumed.train()
            expectEqual(whole, try run(readings[stop...], resumed), "stopped after \(stop) readings")
        }
    }

    @Test func `a candidate that was promoted but not yet in force takes over at its reading`() throws {
        let readings = try readings(rows: 1_400, seed: 5)
        let whole = try run(readings[...], EngineRun(settings: .quick))
        let request = try #require(whole.rows[0].firstIndex { $0.modelID > 300 })
        let stop = request - DetectorSettings.takeOverLag / 2
        let before = try run(readings[..<stop], EngineRun(settings: .quick))
        #expect(before.scheduled.count == 1, "the candidate must be waiting for its reading")
        expectEqual(whole, try run(readings[stop...], before.resumed()), "stopped after \(stop) readings")
    }

    @Test func `a trained network's scores go on to the last bit`() throws {
        var settings = DetectorSettings.quick
        settings.warmUpReadings = 1_000
        let readings = try readings(rows: 1_700, seed: 2)
        let whole = EngineRun(settings: settings, training: .network)
        for reading in readings { try whole.ingest([reading]) }
        let stopped = EngineRun(settings: settings, training: .network)
        for reading in readings[..<1_200] { try stopped.ingest([reading]) }
        #expect(stopped.live[0]?.model.network?.network.isTrained == true, "the network must take part")
        let resumed = try stopped.resumed()
        for reading in readings[1_200...] { try resumed.ingest([reading]) }
        expectEqual(whole, resumed, "with the network")
    }

    @Test func `a stream of which only readings were stored warms up on them`() throws {
        let readings = SampleReadings.sound(rows: 500, seed: 1)
        let settings = DetectorSettings.quick
        let engine = DetectionEngine(settings: settings) { _ in [] }
        var output = DetectionOutput()
        var history = TrainingHistory(channelCount: 4)
        for reading in readings[..<100] {
            history.times.append(reading.time)
            history.values += reading.cells.map(\.value)
            history.isAlerting.append(false)
        }
        engine.resume(
            StreamID(0), from: StreamSnapshot(settings: settings), readings: history, live: nil, scheduled: nil,
            into: &output)
        engine.ingest(ReadingBatch(readings[..<100]), into: &output)
        #expect(output.lateCount == 100, "what is stored is not taken twice")
        engine.ingest(ReadingBatch(readings[100...]), into: &output)
        #expect(output.rows.count == 400)
        #expect(output.trainingRequests.count == 1)
    }
}
