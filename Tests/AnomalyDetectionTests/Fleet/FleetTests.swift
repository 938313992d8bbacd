import AnomalyDetection
import Foundation
import LinearAlgebra
import Testing

/// Streams that share weights, through the detector as a daemon runs it.
struct FleetTests {
    private static func run(_ batches: [ArraySlice<SampleReading>], _ run: EngineRun) throws -> EngineRun {
        for batch in batches { try run.ingest(batch) }
        return run
    }

    private static func fleet(_ settings: DetectorSettings = .quick) -> EngineRun {
        EngineRun(settings: settings, isFleet: true)
    }

    /// A fleet of which the last stream begins when the others have had so many readings.
    private static func late(
        _ plan: SimulationPlan, from row: Int, seed: UInt64
    ) -> [SampleReading] {
        let newest = plan.streamCount - 1
        let begin = plan.start.advanced(byNanoseconds: Int64(row) * SampleReadings.second)
        return SampleReadings.make(plan, seed: seed).filter { $0.stream != newest || $0.time >= begin }
    }

    // MARK: Cold start

    @Test(arguments: UInt64(1)...3) func `a new pump is scored after its first window and finds a fault within minutes`(
        seed: UInt64
    ) throws {
        var plan = SampleReadings.plan(streams: 12, rows: 800)
        let fault = 520..<560
        try plan.inject(
            SimulatedFault(shape: .levelShift, stream: 11, channel: Int(seed) % 4, rows: fault, magnitude: 9))
        let run = try Self.run([Self.late(plan, from: 400, seed: seed)[...]], Self.fleet())
        let rows = run.rows[11]
        let first = try #require(rows.firstIndex { $0.score != .max })
        #expect(first <= 96, "scored after \(first) readings")
        let alert = try #require(run.alerts.values.first { $0.stream.index == 11 }, "an alert must fire")
        let second = alert.firedAt.nanoseconds(since: plan.start) / SampleReadings.second
        #expect((Int64(fault.lowerBound)...Int64(fault.upperBound)).contains(second), "fired at \(second)")
        #expect(alert.isProvisional, "so little is known of it that the threshold is provisional")
        let model = try #require(run.engine.liveModel(of: StreamID(11))).model
        let count = try #require(model.fleet?.memberCount)
        #expect(count >= 8, "trained on \(count) of 11 streams")
        let standing = run.engine.standing(of: StreamID(11)).explanation
        #expect(standing.hasPrefix("scored by a fleet model of \(count) streams"), "\(standing)")
    }

    @Test func `new pumps raise no false alert while they are young`() throws {
        var alerts = 0
        for seed in UInt64(1)...6 {
            let plan = SampleReadings.plan(streams: 12, rows: 800)
            let run = try Self.run([Self.late(plan, from: 400, seed: seed)[...]], Self.fleet())
            #expect(run.engine.liveModel(of: StreamID(11))?.model.fleet != nil, "it must have been scored by the fleet")
            alerts += run.alerts.values.count { $0.stream.index == 11 }
        }
        #expect(alerts == 0)
    }

    @Test func `a stream that is unlike its fleet is trained alone`() throws {
        let rows = 700
        var readings = SampleReadings.sound(streams: 4, rows: rows, seed: 5)
        var random = RandomSource(seed: 9)
        // The last stream moves as no pump does: from reading to reading, in all channels.
        for index in readings.indices where readings[index].stream == 3 {
            for cell in readings[index].cells.indices { readings[index].cells[cell].value = 50 * random.normal() }
        }
        let run = try Self.run([readings[...]], Self.fleet())
        #expect(run.engine.liveModel(of: StreamID(0))?.model.fleet != nil)
        #expect(run.engine.liveModel(of: StreamID(3))?.model.fleet == nil)
        #expect(run.decisions.contains { $0.reason.hasSuffix("it is unlike the other streams of its fleet") })
    }

    // MARK: Replay and resumption

    /// Expects the same scores and alerts to the last bit. Alerts of different streams are numbered by when trainings ended.
    private func expectSame(
        _ run: EngineRun, _ other: EngineRun, _ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(run.rows.count == other.rows.count, comment, sourceLocation: sourceLocation)
        for stream in run.rows.indices {
            #expect(
                firstDifference(run.rows[stream], other.rows[stream]) == nil, comment, sourceLocation: sourceLocation)
            #expect(
                firstDifference(run.unnumbered(stream), other.unnumbered(stream)) == nil, comment,
                sourceLocation: sourceLocation)
        }
        #expect(run.settledAlerts == other.settledAlerts, comment, sourceLocation: sourceLocation)
    }

    @Test(arguments: UInt64(1)...3) func `a fleet scores the same in one batch and in many to the last bit`(
        seed: UInt64
    ) throws {
        let readings = try SampleReadings.troubled(streams: 4, rows: 1_300, seed: seed)
        let whole = try Self.run([readings[...]], Self.fleet())
        #expect(whole.alerts.count > 2 && !whole.weights.isEmpty, "the sample must be eventful")
        var random = RandomSource(seed: seed)
        for limit in [1, 40, 900] {
            let many = try Self.run(readings.cutAtRandom(limit: limit, random: &random), Self.fleet())
            #expect(whole.fleetRequests == many.fleetRequests)
            expectSame(whole, many, "batches of at most \(limit)")
        }
    }

    @Test(arguments: UInt64(1)...3) func `a fleet that was stopped anywhere goes on as if it had not been`(
        seed: UInt64
    ) throws {
        let readings = try SampleReadings.troubled(streams: 3, rows: 1_000, seed: seed).map { reading in
            var whole = reading
            whole.cells = (0..<MachineKind.channelCount).map { channel in
                reading.cells.first { $0.channel == channel } ?? .init(channel: channel, value: .nan)
            }
            return whole
        }
        var random = RandomSource(seed: seed)
        let whole = try Self.run(readings.cutAtRandom(limit: 90, random: &random), Self.fleet())
        #expect(whole.fleetRequests.count > 1, "the sample must be eventful")
        for _ in 0..<5 {
            // The first reading of a stream is held back until its second.
            let stop = 20 + random.index(below: readings.count - 20)
            let before = try Self.run(Array(readings[..<stop]).cutAtRandom(limit: 90, random: &random), Self.fleet())
            let resumed = try before.resumed()
            let after = try Self.run(Array(readings[stop...]).cutAtRandom(limit: 90, random: &random), resumed)
            #expect(whole.fleetRequests == after.fleetRequests)
            expectSame(whole, after, "stopped after \(stop) readings")
        }
    }

    @Test func `trainings of a fleet that take their time change no score`() throws {
        let readings = try SampleReadings.troubled(streams: 3, rows: 1_000, seed: 2)
        let atOnce = try Self.run([readings[...]], Self.fleet())
        let slow = Self.fleet()
        slow.trainsAtOnce = false
        var random = RandomSource(seed: 2)
        for batch in readings.cutAtRandom(limit: 40, random: &random) {
            try slow.ingest(batch)
            if random.uniform() < 0.15 { try slow.train() }
        }
        slow.trainsAtOnce = true
        try slow.train()
        expectSame(atOnce, slow, "trainings that end whenever they end")
    }

    // MARK: Weights

    @Test func `members share the storage of their weights, and bytes bring back the same model`() throws {
        let histories = (0..<4).map { stream in Self.history(of: stream, rows: 400) }
        let trainer = FleetTrainer(settings: .quick, training: .quick)
        let outcome = try trainer.train(
            on: histories.map { FleetTrainer.Member(history: $0) }, live: nil, version: 1, seed: 1)
        let fleet = try #require(outcome.model)
        let again = try trainer.train(
            on: histories.map { FleetTrainer.Member(history: $0) }, live: nil, version: 1, seed: 1)
        #expect(FleetBlob.encode(fleet) == again.model.map(FleetBlob.encode), "the same readings give the same weights")
        let read = try FleetBlob.decode(FleetBlob.encode(fleet), id: 7)
        let member = read.member(of: histories[2][0..<100], settings: .quick)
        let bytes = try #require(FleetBlob.encodeMember(member))
        #expect(bytes.count < 500, "\(bytes.count) bytes a member beside \(FleetBlob.encode(fleet).count) of weights")
        let reread = try FleetBlob.decodeMember(bytes, of: read)
        #expect(reread.profiles == member.profiles && reread.threshold == member.threshold)
        #expect(reread.fleet == member.fleet && member.fleet?.modelID == 7)
        #expect(ModelBlob.encode(reread) == ModelBlob.encode(member))
        for length in [0, 5, bytes.count / 2, bytes.count - 1] {
            #expect(throws: (any Error).self) { try FleetBlob.decodeMember(Array(bytes[..<length]), of: read) }
        }
    }

    @Test func `a normalizer from a first window is nearer to the machine's own than the window alone would make it`()
        throws
    {
        let rows = 2_000
        let histories = (0..<4).map { stream in Self.history(of: stream, rows: rows) }
        let fleet = try #require(
            try FleetTrainer(settings: .quick, training: .quick).train(
                on: histories.prefix(3).map { FleetTrainer.Member(history: $0) }, live: nil, version: 1, seed: 1
            ).model)
        let (first, all) = (histories[3][0..<64], histories[3])
        let member = fleet.member(of: first, settings: .quick)
        let later = fleet.member(of: all, settings: .quick)
        var (fromFleet, alone, fromAll) = (0.0, 0.0, 0.0)
        for channel in 0..<MachineKind.channelCount {
            let own = ChannelProfile(learnedFrom: all.column(channel)).spread
            fromFleet += abs(log(member.profiles[channel].spread / own))
            alone += abs(log(ChannelProfile(learnedFrom: first.column(channel)).spread / own))
            fromAll += abs(log(later.profiles[channel].spread / own))
        }
        #expect(fromFleet < alone, "\(fromFleet) against \(alone)")
        #expect(
            fromAll < 0.1 * Double(MachineKind.channelCount), "with many readings it is the machine's own: \(fromAll)")
    }

    @Test func `weights of another kind of machine are refused by the members`() throws {
        let histories = (0..<4).map { stream in Self.history(of: stream, rows: 800) }
        let trainer = FleetTrainer(settings: .quick, training: .quick)
        let live = try #require(
            try trainer.train(
                on: histories.map { FleetTrainer.Member(history: $0) }, live: nil, version: 1, seed: 1
            ).model)
        var random = RandomSource(seed: 1)
        let shuffled = histories.map { history -> FleetTrainer.Member in
            var history = history
            for reading in (1..<history.count).reversed() {
                let place = random.index(below: reading + 1)
                for channel in 0..<history.channelCount {
                    history.values.swapAt(
                        reading * history.channelCount + channel, place * history.channelCount + channel)
                }
            }
            return FleetTrainer.Member(history: history)
        }
        let bad = try #require(try trainer.train(on: shuffled, live: nil, version: 2, seed: 1).model)
        // Its own stream says so, whatever the fleet said.
        let member = live.member(of: histories[0][0..<600], settings: .quick)
        let outcome = try MemberTrainer(settings: .quick, training: .quick).train(
            on: histories[0], live: member, fleet: bad, seed: 1)
        #expect(outcome.decision.verdict == .rejected, "\(outcome.decision)")
    }

    /// Streams in which each value is this many times the one before, and noise.
    private static func autoregressive(
        _ coefficients: [Double], rows: Int, channelCount: Int = 1
    ) -> [FleetTrainer.Member] {
        var random = RandomSource(seed: 4)
        return coefficients.map { coefficient in
            var history = TrainingHistory(channelCount: channelCount)
            var values = [Double](repeating: 0, count: channelCount)
            for row in 0..<rows {
                for channel in values.indices { values[channel] = coefficient * values[channel] + random.normal() }
                history.times.append(SampleReadings.start.advanced(byNanoseconds: Int64(row) * SampleReadings.second))
                history.values += values
                history.isAlerting.append(false)
            }
            return FleetTrainer.Member(history: history)
        }
    }

    @Test func `a fleet's first weights have to beat no model on streams that they have not seen`() throws {
        let trainer = FleetTrainer(settings: .quick, training: .quick)
        let alike = try trainer.train(
            on: Self.autoregressive([0.9, 0.9], rows: 800), live: nil, version: 1, seed: 1
        ).decision
        #expect(alike.verdict == .promoted, "\(alike)")
        #expect(alike.metrics["judges"] == 2 && alike.metrics["objections"] == 0, "\(alike)")
        // What the one forecasts of the other is the opposite of what comes.
        let opposite = try trainer.train(
            on: Self.autoregressive([0.9, -0.9], rows: 800), live: nil, version: 1, seed: 1
        ).decision
        #expect(opposite.verdict == .rejected, "\(opposite)")
        #expect(opposite.reason.contains("no better than no model"), "\(opposite)")
    }

    @Test func `a short history beside a long one is no reason to refuse a fleet's first weights`() throws {
        let members = [400, 150].enumerated().map { stream, rows in
            FleetTrainer.Member(history: Self.history(of: stream, rows: rows))
        }
        let decision = try FleetTrainer(settings: .quick, training: .quick).train(
            on: members, live: nil, version: 1, seed: 1
        ).decision
        #expect(decision.verdict == .promoted, "\(decision)")
    }

    @Test func `streams whose fleet has no weights that beat no model are trained alone after their own warm-up`()
        throws
    {
        let count = MachineKind.channelCount
        let members = Self.autoregressive([0.9, -0.9], rows: 900, channelCount: count)
        let readings = members.enumerated().flatMap { stream, member in
            // The second begins later, and asks for weights that are not there.
            (stream * 150..<900).map { row in
                SampleReading(
                    stream: stream, time: member.history.times[row],
                    cells: (0..<count).map { .init(channel: $0, value: member.history.values[row * count + $0]) })
            }
        }.sorted { ($0.time.nanoseconds, $0.stream) < ($1.time.nanoseconds, $1.stream) }
        let run = try Self.run([readings[...]], Self.fleet())
        #expect(run.weights.isEmpty)
        #expect(run.fleetRequests.count > 1, "weights are asked for again")
        let warmUp = DetectorSettings.quick.warmUpReadings
        for stream in 0..<2 {
            let model = try #require(run.engine.liveModel(of: StreamID(stream))?.model, "stream \(stream) has a model")
            #expect(model.fleet == nil, "stream \(stream)")
            let first = try #require(run.rows[stream].firstIndex { $0.score != .max })
            #expect((warmUp...warmUp + 100).contains(first), "stream \(stream) is scored from reading \(first) on")
        }
    }

    @Test func `a fleet's next weights are compared with the live ones and with simpler detectors, in numbers`() throws
    {
        let trainer = FleetTrainer(settings: .quick, training: .quick)
        let members = (0..<4).map { FleetTrainer.Member(history: Self.history(of: $0, rows: 2_000)) }
        let young = members.map { FleetTrainer.Member(history: $0.history[0..<400]) }
        let live = try #require(try trainer.train(on: young, live: nil, version: 1, seed: 1).model)
        let decision = try trainer.train(on: members, live: live, version: 2, seed: 1).decision
        #expect(decision.verdict == .promoted, "\(decision)")
        for opponent in ["candidate", "live", "pca", "ar"] {
            #expect(decision.metrics["\(opponent)_log_likelihood"] != nil, "\(decision)")
            #expect(decision.metrics["\(opponent)_faults_found"] != nil, "\(decision)")
        }
    }

    private static func history(of stream: Int, rows: Int) -> TrainingHistory {
        var history = TrainingHistory(channelCount: MachineKind.channelCount)
        for reading in SampleReadings.sound(streams: 4, rows: rows, seed: 3) where reading.stream == stream {
            history.times.append(reading.time)
            history.values += reading.cells.map(\.value)
            history.isAlerting.append(false)
        }
        return history
    }
}
