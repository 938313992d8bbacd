import AnomalyDetection
import Testing

/// When a stream that used to report falls silent.
struct SilenceTests {
    /// Nanoseconds of hold in these tests.
    private static let hold = 20 * SampleReadings.second

    private func settings() -> DetectorSettings {
        var settings = DetectorSettings.quick
        settings.silenceHold = Self.hold
        settings.retrainEvery = .max
        return settings
    }

    /// A run whose readings each arrived half a second after they were made.
    private func run(streams: Int = 1, rows: Int, settings: DetectorSettings? = nil) throws -> EngineRun {
        let run = EngineRun(settings: settings ?? self.settings())
        let readings = SampleReadings.sound(streams: streams, rows: rows, seed: 3)
        try arrive(readings[...], at: run)
        return run
    }

    private func arrive(_ readings: ArraySlice<SampleReading>, at run: EngineRun) throws {
        for reading in readings { try run.ingest([reading], arrival: arrival(of: reading.time)) }
    }

    private func arrival(of time: Timestamp) -> Timestamp {
        time.advanced(byNanoseconds: SampleReadings.second / 2)
    }

    private func moment(_ second: Int) -> Timestamp {
        SampleReadings.start.advanced(byNanoseconds: Int64(second) * SampleReadings.second)
    }

    private func silences(of run: EngineRun) -> [AlertTransition] {
        run.told.filter { $0.alert.kind == .noData }
    }

    @Test func `a silent stream raises an alert within three intervals and the hold, once`() throws {
        let run = try run(rows: 600)
        // The usual gap is a quantile: it lies a little over the interval of a second.
        for second in 600...621 { run.checkSilence(at: moment(second)) }
        #expect(silences(of: run).isEmpty)
        for second in 622...700 { run.checkSilence(at: moment(second)) }
        let told = silences(of: run)
        #expect(told.map(\.kind) == [.fired])
        let alert = try #require(told.first?.alert)
        // Not the moment itself, at which a late reading may begin an alert of another kind.
        #expect(alert.startedAt == moment(600).advanced(byNanoseconds: 1))
        #expect(alert.firedAt <= moment(600 + 3 * 2 + 20))
        #expect(alert.shape == .dropout)
    }

    @Test func `the alert ends with the first reading that comes again`() throws {
        let run = try run(rows: 600)
        run.checkSilence(at: moment(700))
        let again = SampleReadings.sound(rows: 900, seed: 3)[800...]
        try arrive(again, at: run)
        run.checkSilence(at: moment(901))
        let told = silences(of: run)
        #expect(told.map(\.kind) == [.fired, .resolved])
        #expect(told.last?.alert.resolvedAt == moment(800))
        #expect(told.map(\.alert.id) == [told[0].alert.id, told[0].alert.id])
    }

    @Test func `only streams whose rhythm is known can be silent`() throws {
        let run = try run(rows: 200)
        run.checkSilence(at: moment(100_000))
        #expect(silences(of: run).isEmpty)
    }

    @Test func `nobody is told of silence where that is not wanted`() throws {
        var settings = settings()
        settings.silenceHold = nil
        let run = try run(rows: 600, settings: settings)
        run.checkSilence(at: moment(100_000))
        #expect(silences(of: run).isEmpty)
    }

    @Test func `a stream of which one channel is dead is not silent`() throws {
        let run = try run(rows: 600)
        for reading in SampleReadings.sound(rows: 800, seed: 3)[600...] {
            var reading = reading
            reading.cells.removeAll { $0.channel == 1 }
            try run.ingest([reading], arrival: arrival(of: reading.time))
            run.checkSilence(at: arrival(of: reading.time))
        }
        #expect(silences(of: run).isEmpty)
    }

    @Test func `each stream is silent by itself`() throws {
        let run = try run(streams: 3, rows: 600)
        let more = SampleReadings.sound(streams: 3, rows: 700, seed: 3).filter { $0.time >= moment(600) }
        try arrive(more.filter { $0.stream != 1 }[...], at: run)
        run.checkSilence(at: moment(700))
        #expect(silences(of: run).map(\.alert.stream.index) == [1])
    }

    /// Something was silent from second 600 to 800, and somebody judged it then.
    private func judged(_ verdict: AlertVerdict.Verdict, whileSilent: Bool) throws -> EngineRun {
        let run = try run(rows: 600)
        run.checkSilence(at: moment(700))
        let alert = try #require(silences(of: run).first?.alert)
        let verdict = AlertVerdict(alert: alert, verdict: verdict, wasJudgedFiring: whileSilent)
        if whileSilent {
            run.take([verdict])
            // It is over for whoever was told, and what lasts is not told again.
            run.checkSilence(at: moment(780))
        }
        let readings = SampleReadings.sound(rows: 1_300, seed: 3)
        try arrive(readings[800..<1_000], at: run)
        if !whileSilent {
            run.take([
                AlertVerdict(
                    alert: try #require(run.alerts[alert.id]), verdict: verdict.verdict, wasJudgedFiring: false)
            ])
        }
        return run
    }

    @Test(arguments: [true, false])
    func `a silence that was called a false alarm raises none when it is as long again`(whileSilent: Bool) throws {
        for verdict in [AlertVerdict.Verdict.falseAlarm, .newNormal] {
            let run = try judged(verdict, whileSilent: whileSilent)
            #expect(silences(of: run).map(\.kind) == [.fired, .resolved])
            let alert = try #require(silences(of: run).first?.alert)
            #expect(run.alerts[alert.id]?.resolvedAt == moment(800), "the row says how long it was")
            run.checkSilence(at: moment(1_215))
            #expect(silences(of: run).count == 2)
            run.checkSilence(at: moment(1_000 + 5 * 60))
            #expect(silences(of: run).count == 3, "what is longer is told")
        }
    }

    @Test func `what was said of silences holds after a restart, and a confirmed one teaches nothing`() throws {
        let run = try judged(.falseAlarm, whileSilent: true)
        let alert = try #require(run.alerts.values.first { $0.kind == .noData })
        let resumed = try run.resumed(verdicts: [
            AlertVerdict(alert: alert, verdict: .falseAlarm, wasJudgedFiring: true)
        ])
        resumed.engine.listen(from: moment(1_000))
        resumed.checkSilence(at: moment(1_215))
        #expect(silences(of: resumed).count == 2)

        let other = try judged(.confirmed, whileSilent: false)
        other.checkSilence(at: moment(1_215))
        #expect(silences(of: other).count == 3)
    }

    @Test func `a silence goes on over a restart, and time that nobody listened is not silent`() throws {
        let silent = try run(rows: 600)
        silent.checkSilence(at: moment(700))
        let resumed = try silent.resumed()
        resumed.engine.listen(from: moment(2_000))
        resumed.checkSilence(at: moment(2_001))
        #expect(silences(of: resumed).map(\.kind) == [.fired])
        try arrive(SampleReadings.sound(rows: 2_100, seed: 3)[2_050...], at: resumed)
        #expect(silences(of: resumed).map(\.kind) == [.fired, .resolved])

        let lively = try run(rows: 600).resumed()
        lively.engine.listen(from: moment(2_000))
        lively.checkSilence(at: moment(2_005))
        #expect(silences(of: lively).isEmpty)
        lively.checkSilence(at: moment(2_060))
        #expect(silences(of: lively).map(\.kind) == [.fired])
    }
}
