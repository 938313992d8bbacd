import AnomalyDetection
import Testing
import VAE

struct SyntheticReadingsTests {
    @Test(arguments: [FittedMachine.Name.pump, .motor], UInt64(1)...3)
    func `the channels have the moments of those that the model was trained on`(
        name: FittedMachine.Name, seed: UInt64
    ) throws {
        let machine = name.machine
        let synthetic = try machine.synthetic(count: 6_000, seed: seed)
        for channel in 0..<machine.model.channelCount {
            let (real, drawn) = (machine.history.column(channel), synthetic.column(channel))
            #expect(abs(Moments.mean(drawn) - Moments.mean(real)) < 0.1 * Moments.deviation(real), "channel \(channel)")
            #expect(abs(Moments.deviation(drawn) / Moments.deviation(real) - 1) < 0.1, "channel \(channel)")
            for other in 0..<channel {
                #expect(
                    abs(
                        Moments.correlation(drawn[...], synthetic.column(other)[...])
                            - Moments.correlation(real[...], machine.history.column(other)[...])) < 0.05,
                    "channels \(channel) and \(other)")
            }
        }
    }

    /// The autocorrelation is the Fourier transform of the spectrum (Wiener and Khinchin), so where it agrees they do.
    @Test(arguments: [FittedMachine.Name.pump, .motor], UInt64(1)...3)
    func `the channels have the spectrum of those that the model was trained on`(
        name: FittedMachine.Name, seed: UInt64
    ) throws {
        let machine = name.machine
        let synthetic = try machine.synthetic(count: 6_000, seed: seed)
        for channel in 0..<machine.model.channelCount {
            let (real, drawn) = (machine.history.column(channel), synthetic.column(channel))
            let differences = [1, 2, 4, 8, 16, 32, 64].map { lag in
                abs(
                    Moments.correlation(drawn.dropLast(lag), drawn.dropFirst(lag))
                        - Moments.correlation(real.dropLast(lag), real.dropFirst(lag)))
            }
            #expect(differences.allSatisfy { $0 < 0.1 }, "channel \(channel): \(differences)")
        }
    }

    @Test(arguments: FittedMachine.Name.allCases, UInt64(1)...3)
    func `the detector finds them normal`(name: FittedMachine.Name, seed: UInt64) throws {
        let machine = name.machine
        // The first windows reach back over the seam to the training's readings, which nothing joins to these.
        let rows = try machine.rows(of: machine.synthetic(count: 6_096, seed: seed)).dropFirst(96)
        let scores = rows.map(\.score)
        #expect(scores.count == 6_000 && scores.allSatisfy { !$0.isNaN })
        let odd = Double(scores.count { $0 > 2 }) / 6_000
        let alerting = Double(rows.count { $0.score >= $0.threshold }) / 6_000
        // Measured over these: at most 11 % and 2 %. A window is joined to the next by what they share, so what is odd is the course of
        // hundreds of readings, which the context sees and no window holds; alerts hardly come of it.
        #expect(odd <= 0.15)
        #expect(alerting < 0.02)
        #expect(scores.sorted()[3_000] < 0.5)
    }

    @Test func `they are not the stored readings again`() throws {
        let machine = FittedMachine.pump
        let synthetic = try machine.synthetic(count: 6_000, seed: 1)
        let stored = Set((0..<machine.history.count).map { Array(machine.history.values[($0 * 4)..<($0 * 4 + 4)]) })
        let repeated = (0..<synthetic.count).count { stored.contains(Array(synthetic.values[($0 * 4)..<($0 * 4 + 4)])) }
        // Measured: one in a hundred, which is near a remembered window in everything that the channels' resolution shows.
        #expect(repeated < 180)
    }

    @Test func `the same seed gives the same readings, and another gives others`() throws {
        let machine = FittedMachine.pump
        let first = try machine.synthetic(count: 300, seed: 4)
        #expect(try machine.synthetic(count: 300, seed: 4).values == first.values)
        #expect(try machine.synthetic(count: 300, seed: 5).values != first.values)
    }

    @Test func `a switch takes its own values and goes with the other channels, and a constant stays`() throws {
        let machine = FittedMachine.room
        let synthetic = try machine.synthetic(count: 4_000, seed: 1)
        let (carbonDioxide, occupancy) = (synthetic.column(2), synthetic.column(3))
        #expect(Set(occupancy) == [0, 1])
        #expect(Set(synthetic.column(4)) == [7])
        #expect(synthetic.column(5).allSatisfy { $0.isNaN })
        #expect(abs(Moments.mean(occupancy) - Moments.mean(machine.history.column(3))) < 0.1)
        let real = Moments.correlation(machine.history.column(2)[...], machine.history.column(3)[...])
        #expect(abs(Moments.correlation(carbonDioxide[...], occupancy[...]) - real) < 0.1)
    }

    @Test func `without a history the windows come from the prior, and states from what is known of them`() throws {
        let machine = FittedMachine.room
        var readings = try SyntheticReadings(
            model: machine.model, resembling: TrainingHistory(channelCount: machine.model.channelCount), seed: 1)
        #expect(readings.isFromPrior)
        let rows = (0..<2_000).map { _ in readings.next() }
        #expect(rows.allSatisfy { $0[..<5].allSatisfy(\.isFinite) && $0[4] == 7 && ($0[3] == 0 || $0[3] == 1) })
        for channel in 0..<3 {
            let profile = machine.model.profiles[channel]
            #expect(rows.allSatisfy { abs($0[channel] - profile.center) < 6 * profile.spread })
        }
        #expect(Set(rows.map { $0[3] }).count == 2)
    }

    /// So it is while history is short.
    @Test(arguments: UInt64(1)...3) func `a network in closed form draws normal readings`(seed: UInt64)
        throws
    {
        let machine = FittedMachine.young
        #expect(machine.model.network?.network.isTrained == false)
        let synthetic = try machine.synthetic(count: 2_096, seed: seed)
        let scores = machine.scores(of: synthetic).dropFirst(96)
        #expect(Double(scores.count { $0 > 2 }) / 2_000 <= 0.15)
        for channel in 0..<4 {
            let (real, drawn) = (machine.history.column(channel), synthetic.column(channel))
            #expect(abs(Moments.mean(drawn) - Moments.mean(real)) < 0.2 * Moments.deviation(real), "channel \(channel)")
            #expect(abs(Moments.deviation(drawn) / Moments.deviation(real) - 1) < 0.2, "channel \(channel)")
        }
    }

    @Test func `a model that rebuilds nothing says what it lacks`() throws {
        let machine = FittedMachine.young
        var settings = DetectorSettings()
        settings.evidence = [.statistics, .novelty, .stuck]
        let model = try ModelFitter(settings: settings, seed: 1).fit(machine.history)
        #expect(throws: GenerationFailure.nothingRebuilds) {
            _ = try SyntheticReadings(model: model, resembling: machine.history, seed: 1)
        }
        #expect(GenerationFailure.nothingRebuilds.description.contains("detector.evidence"))
    }

    @Test(arguments: [DetectorKind.ae, .dae, .usad])
    func `other autoencoders give readings too`(detector: DetectorKind) throws {
        let machine = FittedMachine(.pump, readingCount: 2_000, detector: detector)
        let scores = try machine.scores(of: machine.synthetic(count: 2_096, seed: 1)).dropFirst(96)
        // Their latents fill no prior, and what is drawn between two of them is less like a real window: 29 to 41 % were measured.
        #expect(Double(scores.count { $0 > 2 }) / 2_000 <= 0.5)
    }
}
