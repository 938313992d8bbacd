import LinearAlgebra
import RealModule
import Testing
import VAE

/// A network's residual path, written in the latents of another.
struct CarryingTests {
    private static let slotCount = 12
    private static let same = [ChannelScaling](repeating: ChannelScaling(factor: 1, offset: 0), count: 2)
    private static let shape = NetworkShape(
        slotCount: 6, channelCount: 2, latentCount: 3, hiddenCount: 5, newestSlots: 2)

    private static func series(_ count: Int, seed: UInt64) -> WindowSeries {
        TestSeries.whole(TestSeries.machine(count: count + slotCount - 1, seed: seed), slotCount: slotCount)
    }

    private static func closedForm(_ series: WindowSeries, hiddenCount: Int = 24) throws -> VariationalAutoencoder {
        try VariationalAutoencoder(
            closedFormOf: series, slotCount: slotCount, latentLimit: 4, hiddenCount: hiddenCount, seed: 1)
    }

    /// A network without a residual path whose directions are those of another, combined: row i of `turn` (k × k) makes the new direction i.
    private static func turned(_ network: VariationalAutoencoder, by turn: [Float], variances: [Float])
        -> VariationalAutoencoder
    {
        let (k, width) = (network.shape.latentCount, network.shape.inputCount)
        var directions = [Float](repeating: 0, count: k * width)
        for row in 0..<k {
            for (column, cell) in (0..<k).flatMap({ column in (0..<width).map { (column, $0) } }) {
                directions[row * width + cell] +=
                    turn[row * k + column] * network.linear.directions[column * width + cell]
            }
        }
        return VariationalAutoencoder(
            shape: network.shape,
            linear: LinearPath(
                center: network.linear.center, directions: directions, variances: variances,
                residualVariance: network.linear.residualVariance),
            parameters: [Float](repeating: 0, count: network.parameters.count))
    }

    private static func difference(_ first: Matrix, _ second: Matrix) -> Float {
        zip(first.elements, second.elements).map { abs($0 - $1) }.max() ?? .infinity
    }

    @Test(arguments: UInt64(1)...5) func `latents in another order and with other signs leave all it says as it was`(
        seed: UInt64
    ) throws {
        let network = VariationalAutoencoder.random(Self.shape, seed: seed)
        let variances = network.linear.variances
        let other = Self.turned(
            network, by: [0, -1, 0, 0, 0, 1, 1, 0, 0], variances: [variances[1], variances[2], variances[0]])
        let carried = try #require(other.carrying(network, scalings: Self.same))
        let series = TestSeries.whole(TestSeries.machine(count: 60, seed: seed), slotCount: Self.shape.slotCount)
        let windows = series.windows(endingIn: series.ends, slotCount: Self.shape.slotCount)
        let (before, after) = (network.reconstruct(windows), carried.reconstruct(windows))
        #expect(Self.difference(before.reconstructions, after.reconstructions) < 1e-4)
        #expect(Self.difference(before.foretold, after.foretold) < 1e-4)
        // The divergence draws nothing, so it is the same where each latent keeps its variance.
        let divergences = [network, carried].map { $0.negativeELBO(of: series, seed: 1).divergence }
        #expect(abs(divergences[0] - divergences[1]) < 1e-3 * abs(divergences[0]))
        #expect(abs(carried.parameters[0]) > 0 && carried.isTrained)
    }

    @Test(arguments: UInt64(1)...5) func `latents that are turned into each other leave its means as they were`(
        seed: UInt64
    ) throws {
        let random = VariationalAutoencoder.random(Self.shape, seed: seed)
        // Only where variances are the same does a turn leave the linear path the same.
        let linear = LinearPath(
            center: random.linear.center, directions: random.linear.directions, variances: [2, 2, 2],
            residualVariance: random.linear.residualVariance)
        let network = VariationalAutoencoder(shape: Self.shape, linear: linear, parameters: random.parameters)
        let (cosine, sine) = (Float.cos(Float(seed)), Float.sin(Float(seed)))
        let other = Self.turned(
            network, by: [cosine, sine, 0, -sine, cosine, 0, 0, 0, 1], variances: [2, 2, 2])
        let carried = try #require(other.carrying(network, scalings: Self.same))
        let windows = TestSeries.noise(rows: 20, columns: Self.shape.inputCount, seed: seed)
        let (before, after) = (network.reconstruct(windows), carried.reconstruct(windows))
        #expect(Self.difference(before.reconstructions, after.reconstructions) < 1e-4)
        #expect(Self.difference(before.foretold, after.foretold) < 1e-4)
    }

    @Test func `channels that are measured anew leave what it says of them as it was`() throws {
        let series = Self.series(500, seed: 4)
        let network = try Self.closedForm(series).trained(on: series, seed: 4).network
        // What was x is now (x − offset) / factor.
        let scalings = [ChannelScaling(factor: 0.5, offset: 0.3), ChannelScaling(factor: 0.5, offset: -0.7)]
        let moved = WindowSeries(
            channelCount: 2,
            values: series.values.enumerated().map { index, value in
                Float((Double(value) - scalings[index % 2].offset) / scalings[index % 2].factor)
            }, observed: series.observed, isForetellable: series.isForetellable, ends: series.ends)
        let carried = try #require(try Self.closedForm(moved).carrying(network, scalings: scalings))
        let windows = [series, moved].map { $0.windows(endingIn: $0.ends, slotCount: Self.slotCount) }
        let (before, after) = (network.reconstruct(windows[0]), carried.reconstruct(windows[1]))
        func back(_ values: Matrix) -> Matrix {
            Matrix(
                rows: values.rowCount, columns: values.columnCount,
                elements: values.elements.enumerated().map { index, value in
                    Float(Double(value) * scalings[index % 2].factor + scalings[index % 2].offset)
                })
        }
        #expect(Self.difference(before.reconstructions, back(after.reconstructions)) < 1e-3)
        #expect(Self.difference(before.foretold, back(after.foretold)) < 1e-3)
        #expect(zip(network.noiseVariances, carried.noiseVariances).allSatisfy { abs($0 / $1 - 0.25) < 1e-3 })
    }

    @Test(arguments: UInt64(1)...3) func `on windows of the same machine that nobody saw it beats the closed form`(
        seed: UInt64
    ) throws {
        let series = Self.series(1_800, seed: seed)
        let (before, now, unseen) = (
            series.windows(0..<800), series.windows(800..<1_400), series.windows(1_450..<1_800)
        )
        let earlier = try Self.closedForm(before).trained(on: before, seed: seed).network
        let closed = try Self.closedForm(now)
        let carried = try #require(closed.carrying(earlier, scalings: Self.same))
        #expect(carried.linear == closed.linear)
        func loss(_ network: VariationalAutoencoder) -> Double {
            let parts = network.negativeELBO(of: unseen, seed: 1)
            return (parts.negativeELBO + parts.foresight) / Double(network.shape.inputCount)
        }
        #expect(loss(carried) < loss(closed) - 0.02, "\(loss(carried)) against \(loss(closed))")
        // Fewer latents than there were hold part of it.
        let narrow = try VariationalAutoencoder(
            closedFormOf: now, slotCount: Self.slotCount, latentLimit: 3, hiddenCount: 24, seed: 1)
        #expect(try #require(narrow.carrying(earlier, scalings: Self.same)).shape.latentCount == 3)
    }

    @Test func `networks of other windows or hidden layers have nothing to carry over`() throws {
        let series = Self.series(200, seed: 1)
        let network = try Self.closedForm(series)
        #expect(try Self.closedForm(series, hiddenCount: 16).carrying(network, scalings: Self.same) == nil)
        let longer = try VariationalAutoencoder(
            closedFormOf: series.windows(1..<200), slotCount: Self.slotCount + 1, latentLimit: 4, hiddenCount: 24,
            seed: 1)
        #expect(longer.carrying(network, scalings: Self.same) == nil)
        #expect(network.carrying(network, scalings: [Self.same[0]]) == nil)
    }

    @Test(arguments: [Float(0), 1]) func `noise that is fitted anew is the likeliest`(beta: Float) throws {
        let series = Self.series(300, seed: 2)
        let network = try Self.closedForm(series).changing(.noise) { _, _ in 0.5 }
            .changing(.foresightNoise) { _, _ in 0.5 }
        let fitted = network.withNoise(of: series, beta: beta, seed: 3)
        func loss(_ network: VariationalAutoencoder) -> Double {
            let parts = network.negativeELBO(of: series, beta: beta, seed: 3)
            return parts.reconstruction + parts.foresight
        }
        #expect(loss(fitted) < loss(network))
        for group in [ParameterGroup.noise, .foresightNoise] {
            for change in [Float(-0.1), 0.1] {
                let other = fitted.changing(group) { _, value in value + change }
                #expect(loss(fitted) < loss(other), "\(group) \(change)")
            }
        }
        #expect(fitted.withNoise(of: series, beta: beta, seed: 3) == fitted)
    }

    @Test func `weights that no step makes better on held-out windows are kept, where they were looked at first`()
        throws
    {
        let series = Self.series(600, seed: 6)
        let trained = try Self.closedForm(series).trained(on: series, seed: 6) { $0.stepCount = 1_500 }.network
        var settings = TrainingSettings()
        settings.heldOutShare = 0.2
        settings.heldOutGap = Self.slotCount - 1
        settings.stepCount = 400
        settings.checkInterval = 20
        settings.patience = 4
        // So fast that it unlearns.
        settings.peakLearningRate = 0.1
        settings.warmUpShare = 0
        var run = try TrainingRun(network: trained, series: series, settings: settings, seed: 6)
        let start = run.heldOutLoss(of: trained)
        let closed = run.heldOutLoss(of: try Self.closedForm(series))
        #expect(try #require(closed) > (try #require(start)))
        run.lookAtStart()
        #expect(run.report.heldOutLoss == start)
        #expect(run.heldOutEnds.first == series.ends[480] && run.heldOutEnds.count == 120)
        while !run.isFinished { run.step() }
        #expect(run.report.outcome == .stoppedEarly && run.report.stepCount == 80)
        #expect(run.report.bestStep == 0 && run.network == trained)
    }
}
