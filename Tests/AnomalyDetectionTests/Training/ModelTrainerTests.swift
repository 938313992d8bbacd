import AnomalyDetection
import Synchronization
import Testing
import VAE

struct ModelTrainerTests {
    private func history(_ kind: MachineKind = .pump, rows: Int, seed: UInt64) -> TrainingHistory {
        TrainingHistory(SampleReadings.sound(rows: rows, seed: seed, kinds: [kind]))
    }

    private func trainer(_ settings: DetectorSettings = DetectorSettings()) -> ModelTrainer {
        ModelTrainer(settings: settings, training: .network)
    }

    @Test(arguments: [400, 1_000]) func `a first model is fitted to all there is and goes live`(rows: Int) throws {
        let outcome = try trainer().train(on: history(rows: rows, seed: 1), live: nil, seed: 7)
        let model = try #require(outcome.candidate)
        #expect(outcome.decision.verdict == .promoted)
        #expect(outcome.decision.trainedReadings == rows)
        #expect(outcome.decision.excludedReadings == 0)
        #expect(outcome.decision.heldOutReadings == 0)
        #expect(model.network?.network.isTrained == (rows >= DetectorSettings.residualReadings))
        #expect(model.cadence == Cadence(interval: 1_000_000_000, isRegular: true))
        #expect(model.profiles.allSatisfy { $0.role == .continuous })
        #expect(model.threshold.isProvisional)
        #expect(!model.choices.isEmpty)
    }

    @Test func `the newest readings are not learned from, and the ledger says so`() throws {
        let history = history(rows: 2_400, seed: 1)
        let live = try trainer().train(on: history[0..<1_200], live: nil, seed: 1).candidate
        let gap = 900 * SampleReadings.second
        let outcome = try trainer().train(on: history, live: live, seed: 2, gap: gap)
        // The tail of 480 readings is judged on; what lies between it and the gap is left out.
        #expect(outcome.decision.heldOutReadings == 480)
        #expect(outcome.decision.trainedReadings == 1_500)
        let newest = outcome.exclusions.filter { $0.reason == .newest }
        #expect(newest.map(\.count) == [420])
        #expect(newest.first?.times == history.times[1_500]...history.times[1_919])
        // At most half of what lies before the tail is given up, and a first model has all there is.
        let longest = try trainer().train(on: history, live: live, seed: 2, gap: .max)
        #expect(longest.decision.trainedReadings == 960)
        #expect(try trainer().train(on: history, live: nil, seed: 2, gap: gap).decision.trainedReadings == 2_400)
    }

    @Test func `only trainings of a stream that is known keep away from the newest readings`() {
        let settings = DetectorSettings()
        #expect([.schedule, .command, .drift].allSatisfy { settings.gap(of: $0) == 3_600 * SampleReadings.second })
        #expect([.warmUp, .growth, .newNormal].allSatisfy { settings.gap(of: $0) == 0 })
    }

    @Test(arguments: UInt64(1)...2) func `the same history and seed give the same model to the last bit`(seed: UInt64)
        throws
    {
        let history = history(rows: 1_000, seed: seed)
        var settings = DetectorSettings()
        settings.detector = .ae
        let models = try (0..<2).map { _ in
            try trainer(settings).train(on: history, live: nil, seed: seed).candidate.map(ModelBlob.encode)
        }
        #expect(models[0] != nil && models[0] == models[1])
        let other = try trainer(settings).train(on: history, live: nil, seed: seed + 1).candidate
        #expect(other.map(ModelBlob.encode) != models[0], "the seed must matter")
    }

    /// The gate allows for the noise of training, not for all of it: seven retrainings in ten on twice the history must pass.
    @Test(arguments: [MachineKind.pump, .motor]) func `an honest retraining is promoted`(kind: MachineKind) throws {
        var objections: [String] = []
        for seed in 1...UInt64(10) {
            let history = history(kind, rows: 2_400, seed: seed)
            let live = try trainer().train(on: history[0..<1_200], live: nil, seed: seed).candidate
            let decision = try trainer().train(on: history, live: live, seed: seed + 1).decision
            #expect(decision.heldOutReadings == 480)
            #expect(decision.trainedReadings == 1_920)
            if decision.verdict != .promoted { objections.append(decision.reason) }
        }
        #expect(objections.count <= 3, "\(objections)")
    }

    @Test(arguments: UInt64(1)...5) func `readings with an alert are left out and counted`(seed: UInt64) throws {
        var history = history(rows: 900, seed: seed)
        let clean = try #require(try trainer().train(on: history, live: nil, seed: 1).candidate)
        for reading in 500..<600 {
            history.isAlerting[reading] = true
            for channel in 0..<4 { history.values[reading * 4 + channel] = 1e6 }
        }
        let outcome = try trainer().train(on: history, live: nil, seed: 1)
        let model = try #require(outcome.candidate)
        #expect(outcome.decision.excludedReadings == 100)
        #expect(outcome.decision.trainedReadings == 800)
        for channel in 0..<4 {
            let (with, without) = (model.profiles[channel], clean.profiles[channel])
            #expect(abs(with.center - without.center) < 0.2 * without.spread)
            #expect(abs(with.spread / without.spread - 1) < 0.15)
        }
        #expect(model.threshold.firing < 10 * clean.threshold.firing)
    }

    @Test func `versions are not compared on a stretch with an alert`() throws {
        var history = history(rows: 1_200, seed: 2)
        let live = try trainer().train(on: history[0..<600], live: nil, seed: 1).candidate
        for reading in 900..<1_000 { history.isAlerting[reading] = true }
        let compared = try trainer().train(on: history, live: live, seed: 1).decision
        #expect(compared.verdict != .skipped)
        #expect(compared.heldOutReadings == 200)
    }

    @Test func `where alerts come often the tail goes back over them`() throws {
        var history = history(rows: 1_200, seed: 2)
        let live = try trainer().train(on: history[0..<600], live: nil, seed: 1).candidate
        for reading in 600..<1_200 where reading % 100 < 50 { history.isAlerting[reading] = true }
        let outcome = try trainer().train(on: history, live: live, seed: 1)
        #expect(outcome.decision.verdict != .skipped)
        #expect(outcome.decision.heldOutReadings == 100)
        // Two stretches of it are held out; what lies between them is left out for its alert.
        #expect(outcome.exclusions.filter { $0.reason == .heldOut }.count == 2)
        for reading in 650..<1_150 { history.isAlerting[reading] = true }
        let skipped = try trainer().train(on: history, live: live, seed: 1).decision
        #expect(skipped.verdict == .skipped)
        #expect(skipped.reason.contains("only 50 of the newest readings without an alert"))
        #expect(skipped.excludedReadings == 550)
    }

    @Test(arguments: [0, 1, 20, 63]) func `too short a history is no failure of the daemon`(rows: Int) throws {
        let outcome = try trainer().train(on: history(rows: 63, seed: 1)[0..<rows], live: nil, seed: 1)
        #expect(outcome.decision.verdict == .skipped)
        #expect(outcome.candidate == nil)
        #expect(outcome.decision.reason.contains("a model needs 64"))
    }

    @Test func `channels that never move, never report or only switch make a model all the same`() throws {
        var history = TrainingHistory(channelCount: 3)
        for reading in 0..<500 {
            history.times.append(Timestamp(nanoseconds: Int64(reading) * 1_000_000_000))
            history.values += [42, .nan, reading % 50 < 25 ? 0 : 1]
            history.isAlerting.append(false)
        }
        let model = try #require(try trainer().train(on: history, live: nil, seed: 1).candidate)
        #expect(model.profiles.map(\.role) == [.constant, .constant, .state])
        let fresh = scores(of: model, over: history)
        #expect(fresh.count { $0.isFinite } > 400)
        // The first windows are half empty, which memories and forecasts find odd; from the first whole one on all is normal.
        let whole = fresh.dropFirst(model.longestWindow)
        #expect(whole.allSatisfy { $0 < model.threshold.firing })
    }

    @Test(arguments: [0, 3, 40]) func `a training can be stopped at any of its steps`(steps: Int) {
        struct Stop: Error {}
        let count = Mutex(0)
        #expect(throws: FittingFailure.cancelled) {
            _ = try trainer(DetectorSettings()).train(on: history(rows: 1_000, seed: 1), live: nil, seed: 1) {
                let step = count.withLock { count in
                    count += 1
                    return count
                }
                if step > steps { throw Stop() }
            }
        }
    }
}

extension TrainingHistory {
    /// The history of whole readings of one stream, none of them with an alert.
    init(_ readings: [SampleReading]) {
        self.init(channelCount: MachineKind.channelCount)
        for reading in readings {
            times.append(reading.time)
            values += reading.cells.map(\.value)
            isAlerting.append(false)
        }
    }
}
