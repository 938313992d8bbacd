import AnomalyDetection
import LinearAlgebra
import RealModule
import Testing
import VAE

/// Whether a stream gets an autoencoder.
struct NetworkChoiceTests {
    /// Short pulses that come again and again: a few latent variables say where in the window they are, but a subspace of as few
    /// dimensions does not.
    private func pulses(seed: UInt64) -> TrainingHistory {
        history(seed: seed) { time in
            let phase = time.truncatingRemainder(dividingBy: 40.3) - 20
            return 3 * Double.exp(-phase * phase / 4)
        }
    }

    /// Two sines, whose windows lie in a subspace of four dimensions.
    private func sines(seed: UInt64) -> TrainingHistory {
        history(seed: seed) { Double.sin($0 / 5) + Double.sin($0 / 3.1) }
    }

    private func history(seed: UInt64, _ value: (Double) -> Double) -> TrainingHistory {
        var random = RandomSource(seed: seed)
        var history = TrainingHistory(channelCount: 1)
        for reading in 0..<1_500 {
            history.times.append(Timestamp(nanoseconds: Int64(reading) * SampleReadings.second))
            history.values.append(value(Double(reading)) + 0.05 * random.normal())
            history.isAlerting.append(false)
        }
        return history
    }

    private func fit(
        _ history: TrainingHistory, _ detector: DetectorKind = .vae, without kinds: Set<EvidenceKind> = []
    ) throws -> (part: Reconstruction?, choice: String) {
        var settings = DetectorSettings()
        settings.detector = detector
        settings.evidence.subtract(kinds)
        let model = try ModelFitter(settings: settings, seed: 1).fit(history)
        return (
            model.parts.compactMap { $0 as? Reconstruction }.first,
            try #require(model.choices.first { $0.hasPrefix("autoencoder:") })
        )
    }

    @Test(arguments: UInt64(1)...3) func `where it rebuilds windows better than a subspace it counts by how much`(
        seed: UInt64
    ) throws {
        let (part, choice) = try fit(pulses(seed: seed))
        let weight = try #require(part, "\(choice)").weight
        #expect(weight > 0.2 && weight < 1)
        #expect(choice.contains("the share by which it misses less than the linear model"))
    }

    @Test(arguments: UInt64(1)...3) func `where it does not a linear one rebuilds windows, and why is said`(
        seed: UInt64
    ) throws {
        let (part, choice) = try fit(sines(seed: seed))
        let linear = try #require(part)
        #expect(linear.weight == 0 && linear.variational?.shape.activation == .identity)
        #expect(
            choice.contains("after a quarter of its training") && choice.contains("held-out squared error"))
    }

    @Test func `asked for by name it is fitted all the same, and counts as little as it adds`() throws {
        for detector in [DetectorKind.ae, .dae, .usad] {
            let (part, choice) = try fit(sines(seed: 1), detector)
            #expect(try #require(part, "\(choice)").weight < 0.2)
        }
    }

    @Test func `without the linear model it is all there is, and counts in full`() throws {
        let (part, choice) = try fit(sines(seed: 1), without: [.linear])
        #expect(try #require(part, "\(choice)").weight == 1)
        #expect(choice.contains("as there is no linear model"))
    }
}
