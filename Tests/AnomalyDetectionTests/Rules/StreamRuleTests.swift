import AnomalyDetection
import Testing

/// What the rules of a configuration make of alerts.
struct StreamRuleTests {
    private static let channel = MachineKind.pump.channels[3].name

    private func settings(_ rules: [StreamRule]) -> DetectorSettings {
        var settings = DetectorSettings.quick
        settings.retrainEvery = nil
        settings.rules = rules
        return settings
    }

    /// A pump of which one channel moves down by eight of its standard deviations for a minute, after 500 readings.
    private func run(
        _ rules: [StreamRule], channel: Int = 3, magnitude: Double = -8, batch: Int = 50
    ) throws -> EngineRun {
        let run = EngineRun(settings: settings(rules))
        let readings = try readings(channel: channel, magnitude: magnitude)
        for start in stride(from: 0, to: readings.count, by: batch) {
            try run.ingest(readings[start..<min(start + batch, readings.count)])
        }
        try run.finish()
        return run
    }

    private func readings(channel: Int = 3, magnitude: Double = -8) throws -> [SampleReading] {
        var plan = SampleReadings.plan(rows: 900)
        try plan.inject(
            SimulatedFault(shape: .levelShift, stream: 0, channel: channel, rows: 500..<560, magnitude: magnitude))
        return SampleReadings.make(plan, seed: 5)
    }

    /// How far the channel moves in its own unit, as an alert says it.
    private func deviation(of alert: Alert) throws -> (absolute: Double, relative: Double) {
        let part = try #require(alert.contributions.first { $0.channel == Self.channel })
        let (actual, expected) = (try #require(part.actual), try #require(part.expected))
        return (abs(actual - expected), abs((actual - expected) / expected))
    }

    @Test func `without a rule, and with one for others, the fault raises its alert`() throws {
        let plain = try run([])
        #expect(plain.told.map(\.kind) == [.fired, .resolved])
        #expect(plain.told.first?.alert.contributions.contains { $0.channel == Self.channel } == true)
        let others = [
            StreamRule(stream: GlobPattern("fan-*"), ignores: true),
            StreamRule(channel: GlobPattern("nothing"), ignores: true),
            StreamRule(stream: GlobPattern("pump-1"), channel: GlobPattern(Self.channel), direction: .down),
        ]
        #expect(try run(others).told == plain.told)
    }

    @Test(arguments: [
        StreamRule(channel: GlobPattern(channel), direction: .up),
        StreamRule(stream: GlobPattern("pump-?"), channel: GlobPattern(channel), minDeviation: 1e9),
        StreamRule(channel: GlobPattern(channel), minRelativeDeviation: 1e9),
        StreamRule(channel: GlobPattern(channel), ignores: true),
    ])
    func `what a rule leaves out does not fire, and the rule is noted`(rule: StreamRule) throws {
        let run = try run([rule])
        #expect(run.told.isEmpty)
        let hold = try #require(run.ruleHolds.first)
        #expect(hold.channel == Self.channel)
        #expect(
            ["direction", "min_deviation", "min_relative_deviation", "ignore"].contains { hold.rule.hasPrefix($0) })
        #expect(run.ruleHolds.last?.isOver == true)
        #expect(hold.startedAt >= SampleReadings.start.advanced(byNanoseconds: 500 * SampleReadings.second))
        // But for the hold before the rule was asked, these readings are learned from.
        #expect(run.rows[0].count { $0.isAlerting } <= 2 * run.settings.holdReadings)
    }

    @Test(arguments: [1, 7, 900]) func `a rule holds back the same in one batch and in many`(batch: Int) throws {
        let rule = StreamRule(channel: GlobPattern(Self.channel), direction: .up)
        let (one, many) = (try run([rule]), try run([rule], batch: batch))
        #expect(one.rows == many.rows)
        #expect(one.ruleHolds == many.ruleHolds)
    }

    @Test(arguments: [503, 530, 565]) func `what a rule holds back stays so after a restart`(row: Int) throws {
        let rules = [StreamRule(channel: GlobPattern(Self.channel), direction: .up)]
        let readings = try readings()
        let before = EngineRun(settings: settings(rules))
        try before.ingest(readings[..<row])
        let after = try before.resumed()
        try after.ingest(readings[row...])
        try after.finish()
        let whole = try run(rules)
        #expect(after.rows == whole.rows)
        #expect(after.told.isEmpty)
        #expect(after.ruleHolds == whole.ruleHolds)
    }

    @Test func `a deviation that is large enough fires`() throws {
        // At its beginning; by its peak the channel is expected where it has gone.
        let (absolute, relative) = try deviation(of: try #require(try run([]).told.first?.alert))
        for (factor, fires) in [(0.5, true), (4.0, false)] {
            let rules = [
                StreamRule(channel: GlobPattern(Self.channel), minDeviation: factor * absolute),
                StreamRule(channel: GlobPattern(Self.channel), minRelativeDeviation: factor * relative),
            ]
            for rule in rules { #expect(try run([rule]).told.isEmpty == !fires, "\(rule)") }
        }
    }

    @Test func `the other channels fire beside an ignored one, which has no share of it`() throws {
        let run = try run([StreamRule(channel: GlobPattern(Self.channel), ignores: true)], channel: 0)
        let alert = try #require(run.told.first?.alert)
        #expect(alert.contributions.first?.channel == MachineKind.pump.channels[0].name)
        #expect(alert.contributions.first { $0.channel == Self.channel }?.share == 0)
        #expect(abs(alert.contributions.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    }

    @Test func `of two rules the later one counts`() throws {
        let ignored = StreamRule(ignores: true)
        let counted = StreamRule(channel: GlobPattern(Self.channel), ignores: false)
        #expect(try run([ignored, counted]).told.first?.kind == .fired)
        #expect(try run([counted, ignored]).told.isEmpty)
    }

    @Test func `rules that come while the engine runs count from then on`() throws {
        let run = EngineRun(settings: settings([]))
        let readings = try readings()
        try run.ingest(readings[..<450])
        run.engine.settings = settings([StreamRule(ignores: true)])
        try run.ingest(readings[450...])
        #expect(run.told.isEmpty)
    }

    // MARK: Values that cannot be

    private static let range = StreamRule(channel: GlobPattern(channel), validFrom: 0, validThrough: 1e5)

    /// A sound pump of which one channel shows nonsense in some readings.
    private func nonsense(in rows: [Int], rowCount: Int = 200) -> [SampleReading] {
        var readings = SampleReadings.sound(rows: rowCount, seed: 5)
        for row in rows { readings[row].cells[3].value = -999 }
        return readings
    }

    @Test func `a value that cannot be is an alert at once, while the stream warms up, and one for an excursion`()
        throws
    {
        let run = EngineRun(settings: settings([Self.range]))
        try run.ingest(nonsense(in: [20, 21, 24, 60]))
        #expect(run.told.map(\.kind) == [.fired, .resolved, .fired, .resolved])
        let first = run.told[0].alert
        let time = SampleReadings.start.advanced(byNanoseconds: 20 * SampleReadings.second)
        // A little behind the reading, at which an alert of another kind may begin.
        #expect(first.firedAt.nanoseconds(since: time) == 2)
        #expect(first.shape == .outOfRange)
        #expect(first.contributions.map(\.channel) == [Self.channel])
        #expect(first.contributions[0].actual == -999)
        #expect((first.contributions[0].lower, first.contributions[0].upper) == (0, 1e5))
        #expect(run.told[1].alert.resolvedAt == time.advanced(byNanoseconds: 4 * SampleReadings.second))
        // Such readings are not learned from.
        #expect(run.rows[0].indices.filter { run.rows[0][$0].isAlerting } == [20, 21, 24, 60])
    }

    @Test func `the cool-down keeps one alert together`() throws {
        var settings = settings([Self.range])
        settings.coolDown = 60 * SampleReadings.second
        let run = EngineRun(settings: settings)
        try run.ingest(nonsense(in: [20, 60]))
        #expect(run.told.map(\.kind) == [.fired, .resolved])
    }

    @Test(arguments: [21, 23, 26]) func `an excursion goes on after a restart`(row: Int) throws {
        let readings = nonsense(in: [20, 21, 24])
        let whole = EngineRun(settings: settings([Self.range]))
        try whole.ingest(readings)
        let before = EngineRun(settings: settings([Self.range]))
        try before.ingest(readings[..<row])
        let after = try before.resumed()
        try after.ingest(readings[row...])
        #expect(after.told == whole.told)
        #expect(after.rows == whole.rows)
    }

    @Test func `nonsense that the model finds odd as well is told once`() throws {
        var settings = settings([Self.range])
        settings.coolDown = DetectorSettings().coolDown
        let run = EngineRun(settings: settings)
        try run.ingest(nonsense(in: Array(500..<520), rowCount: 900))
        try run.finish()
        #expect(run.told.allSatisfy { $0.alert.shape == .outOfRange }, "\(run.told.map(\.alert.shape))")
        #expect(run.told.first?.kind == .fired)
    }
}
