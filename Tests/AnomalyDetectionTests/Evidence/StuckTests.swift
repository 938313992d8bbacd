import AnomalyDetection
import LinearAlgebra
import Testing

struct StuckTests {
    private let layout = Stuck.layout(of: [0])

    private func noise(_ seed: UInt64, deviation: Double = 1) -> [Float] {
        var random = RandomSource(seed: seed)
        return (0..<layout.length).map { _ in Float(deviation * random.normal()) }
    }

    private func fitted(_ seed: UInt64) -> Stuck {
        let blocks = (0..<8).map { number in
            WindowBlock((0..<64).map { noise(seed &+ UInt64(number * 64 + $0 + 1)) }, layout: layout)
        }
        return Stuck(fittedTo: blocks, channels: [0])
    }

    @Test(arguments: [UInt64(1), 1_000, 2_000]) func `a channel that moves as usual is not stuck`(seed: UInt64) {
        let part = fitted(seed)
        let normal = part.ratios(of: WindowBlock((0..<64).map { noise(seed + 700 + $0) }, layout: layout))
        #expect(normal.allSatisfy { $0 < 0.5 })
        #expect(normal.count { $0 == 0 } > 55)
    }

    @Test(arguments: [UInt64(1), 1_000, 2_000])
    func `the error is the binary logarithm of how many times less a channel moves`(seed: UInt64) {
        let part = fitted(seed)
        let still = [Float](repeating: 0.7, count: layout.length)
        let quieter = noise(seed, deviation: 1 / 16)
        let errors = part.ratios(of: WindowBlock([still, quieter, noise(seed)], layout: layout))
        #expect(errors[0] == 10)
        // A sixteenth of the deviation is a 256th of the squared movement, beside the rest movement that is below the mean.
        #expect((6...8.5).contains(errors[1]))
        #expect(errors[2] < 0.5)
    }

    @Test func `a channel that stood still in training may stand still`() {
        let still = [Float](repeating: 2, count: layout.length)
        let part = Stuck(fittedTo: [WindowBlock([still, still], layout: layout)], channels: [0])
        #expect(part.ratios(of: WindowBlock([still], layout: layout)) == [0])
    }

    @Test func `a window of which most is missing says nothing`() {
        let part = fitted(5)
        let still = [Float](repeating: 0.7, count: layout.length)
        let block = WindowBlock([still, still], layout: layout, missing: [Set(0..<20), Set(0..<10)])
        #expect(part.ratios(of: block) == [0, 10])
    }

    @Test func `the channel that is stuck is named`() {
        let layout = Stuck.layout(of: [0, 2])
        let part = Stuck(channels: [0, 2], restMovements: [1, 1])
        let moving = noise(3)
        let window: [Float] = moving.flatMap { [$0, 0.1] }
        let shares = part.explanation(of: WindowBlock([window], layout: layout)).shares
        #expect(shares[1] == 10)
        #expect(shares[0] < 1)
    }

    @Test(arguments: [UInt64(3), 9]) func `standing still counts when it begins and fades as it lasts`(seed: UInt64) {
        let cadence = Cadence(interval: 1_000_000_000, isRegular: true)
        let profile = ChannelProfile(role: .continuous, center: 0, spread: 1, knownValues: [], missingShare: 0)
        let model = StreamModel(
            cadence: cadence, profiles: [profile], parts: [fitted(seed)],
            calibration: ScoreCalibration(sums: (0..<100).map { Float($0) / 100 }),
            threshold: AlertThreshold(firing: 3, clearing: 2, isProvisional: false), trainedReadings: 100, choices: [])
        var workspace = ScoringWorkspace()
        let placement = workspace.prepare(for: model)
        var state = StreamScoringState(model: model)
        var random = RandomSource(seed: seed)
        var sums: [Float] = []
        for reading in 0..<1_500 {
            let value = (200..<1_300).contains(reading) ? 0.3 : random.normal()
            let values = [value]
            _ = state.history.append(
                values.span, at: Timestamp(nanoseconds: Int64(reading) * 1_000_000_000), profiles: model.profiles,
                cadence: cadence)
            guard workspace.add(newestOf: &state, model: model, placement) else { continue }
            workspace.evaluate(model, placement, state: &state)
            sums.append(workspace.sums[0])
            workspace.clear(placement)
        }
        let offset = 1_500 - sums.count
        #expect(sums[..<(190 - offset)].allSatisfy { $0 < 0.6 })
        #expect(sums[240 - offset] > 7)
        #expect(sums[1_290 - offset] < 0.1 * sums[240 - offset])
        #expect(sums[(1_340 - offset)...].allSatisfy { $0 == 0 }, "moving again is no news")
    }
}
