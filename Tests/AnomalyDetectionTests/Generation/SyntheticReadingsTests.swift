import AnomalyDetection
import Testing

struct SyntheticReadingsTests {
    @Test(arguments: UInt64(1)...5) func `the channels have the moments of those that the model was trained on`(
        seed: UInt64
    ) throws {
        let machine = FittedMachine.pump
        let synthetic = try machine.synthetic(count: 6_000, seed: seed)
        for channel in 0..<machine.model.channelCount {
            let (real, drawn) = (machine.history.column(channel), synthetic.column(channel))
            // Measured with the first seed: about 0.02 deviations, 1 % and 0.02.
            #expect(abs(Moments.mean(drawn) - Moments.mean(real)) < 0.1 * Moments.deviation(real), "channel \(channel)")
            #expect(abs(Moments.deviation(drawn) / Moments.deviation(real) - 1) < 0.1, "channel \(channel)")
            for lag in [1, 8, 32] {
                #expect(
                    abs(
                        Moments.correlation(drawn.dropLast(lag), drawn.dropFirst(lag))
                            - Moments.correlation(real.dropLast(lag), real.dropFirst(lag))) < 0.1,
                    "channel \(channel), lag \(lag)")
            }
            for other in 0..<channel {
                #expect(
                    abs(
                        Moments.correlation(drawn[...], synthetic.column(other)[...])
                            - Moments.correlation(real[...], machine.history.column(other)[...])) < 0.05,
                    "channels \(channel) and \(other)")
            }
        }
    }

    @Test(arguments: UInt64(1)...5) func `the detector finds them normal`(seed: UInt64) throws {
        let machine = FittedMachine.pump
        // The first windows reach back over the seam to the training's readings, which nothing joins to these.
        let scores = try machine.scores(of: machine.synthetic(count: 6_096, seed: seed)).dropFirst(96)
        #expect(scores.count == 6_000 && scores.allSatisfy { !$0.isNaN })
        let normal = Double(scores.count { $0 < machine.model.threshold.firing }) / 6_000
        // Measured over these seeds: all of them, with a median score below 0.3.
        #expect(normal > 0.995)
        #expect(scores.sorted()[3_000] < 0.5)
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

    @Test func `a model without an autoencoder says how many readings it lacks`() throws {
        let machine = FittedMachine.young
        #expect(throws: GenerationFailure.self) {
            _ = try SyntheticReadings(model: machine.model, resembling: machine.history, seed: 1)
        }
        do {
            _ = try SyntheticReadings(model: machine.model, resembling: machine.history, seed: 1)
        } catch {
            #expect(error.description.contains("fitted to 500 readings"))
            #expect(error.description.contains("needs 1000"))
        }
    }
}
