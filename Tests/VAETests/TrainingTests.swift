import LinearAlgebra
import RealModule
import Testing
import VAE

@Suite(.timeLimit(.minutes(5)))
struct TrainingTests {
    /// Sine waves of random phase with some noise: a ring, for which two latent dimensions are enough.
    static func waves(count: Int, cells: Int = 16, noise: Double = 0.1, seed: UInt64) -> Matrix {
        var source = RandomSource(seed: seed)
        var windows = Matrix(rows: count, columns: cells)
        for row in 0..<count {
            let phase = source.uniform() * 2 * .pi
            for column in 0..<cells {
                windows[row, column] = Float(Double.sin(phase + Double(column) * 0.5) + noise * source.normal())
            }
        }
        return windows
    }

    private static let slotCount = 12
    private static func series(_ count: Int, seed: UInt64) -> WindowSeries {
        TestSeries.whole(TestSeries.machine(count: count + slotCount - 1, seed: seed), slotCount: slotCount)
    }

    private func start(_ series: WindowSeries, seed: UInt64 = 1) throws -> VariationalAutoencoder {
        try VariationalAutoencoder(
            closedFormOf: series, slotCount: Self.slotCount, latentLimit: 4, hiddenCount: 24, seed: seed)
    }

    @Test(arguments: UInt64(1)...3)
    func `the same seed gives the same bytes, and another seed others`(seed: UInt64) throws {
        let series = Self.series(500, seed: seed)
        let start = try start(series, seed: seed)
        func trained(seed: UInt64) throws -> (network: VariationalAutoencoder, report: TrainingReport) {
            try start.trained(on: series, seed: seed) { $0.heldOutShare = 0.1 }
        }
        let (first, second, other) = (try trained(seed: seed), try trained(seed: seed), try trained(seed: seed + 1))
        #expect(first.network.blob() == second.network.blob())
        #expect(first.report == second.report)
        #expect(other.network.blob() != first.network.blob())
        // The seed of the closed form decides the hidden layers, and nothing that shows before training.
        let otherStart = try self.start(series, seed: seed + 1)
        #expect(otherStart.parameters != start.parameters && otherStart.linear == start.linear)
        let windows = series.windows(endingIn: series.ends, slotCount: Self.slotCount)
        #expect(otherStart.reconstruct(windows).foretold == start.reconstruct(windows).foretold)
    }

    @Test func `a training that is copied half way goes on as the original does`() throws {
        let series = Self.series(300, seed: 5)
        var original = try TrainingRun(network: start(series), series: series, seed: 5)
        for _ in 0..<130 { original.step() }
        var copy = original
        for _ in 0..<170 { original.step() }
        for _ in 0..<170 { copy.step() }
        #expect(original.network.blob() == copy.network.blob())
    }

    @Test func `training stops when held-out windows get worse, and gives the weights that did best on them`() throws {
        // The end of history is unlike its beginning: the longer it trains, the worse it does there.
        var readings = TestSeries.machine(count: 1_011, seed: 3)
        for slot in 900..<1_011 { readings[slot, 0] *= slot.isMultiple(of: 3) ? -1 : 0.4 }
        let series = TestSeries.whole(readings, slotCount: Self.slotCount)
        var settings = TrainingSettings()
        settings.stepCount = 5_000
        settings.heldOutShare = 0.1
        settings.checkInterval = 50
        settings.patience = 3
        var run = try TrainingRun(
            network: start(series.windows(0..<880)), series: series, settings: settings, seed: 3)
        var networks: [Int: VariationalAutoencoder] = [:]
        while !run.isFinished {
            run.step()
            if run.report.bestStep == run.report.stepCount { networks[run.report.bestStep] = run.network }
        }
        #expect(run.report.outcome == .stoppedEarly)
        #expect(run.report.stepCount == run.report.bestStep + 150)
        #expect(networks[run.report.bestStep] == run.network)
        let report = run.report
        run.step()
        #expect(run.report == report)
    }

    @Test func `with nothing held out all steps are made and the last weights are the result`() throws {
        let series = Self.series(200, seed: 1)
        let report = try start(series).trained(on: series, seed: 1) { $0.stepCount = 250 }.report
        #expect(report.outcome == .completed && report.bestStep == 250)
        #expect(report.heldOutWindowCount == 0 && report.heldOutLoss.isNaN)
        #expect(report.trainingLoss.isFinite)
    }

    @Test func `a tail too short to judge by is not held out, and a gap is kept before one that is`() throws {
        func report(_ count: Int) throws -> TrainingReport {
            let series = Self.series(count, seed: 1)
            return try start(series).trained(on: series, seed: 1) {
                ($0.stepCount, $0.heldOutShare, $0.heldOutGap, $0.heldOutLimit) = (10, 0.1, 15, 64)
            }.report
        }
        let (short, long) = (try report(310), try report(1_000))
        #expect(short.heldOutWindowCount == 0 && short.trainingWindowCount == 310)
        #expect(long.heldOutWindowCount == 64 && long.trainingWindowCount == 885)
    }

    @Test func `held-out windows and the gap do not train, and what is held out is judged`() throws {
        let series = Self.series(1_000, seed: 1)
        let start = try start(series)
        // The last window that is trained on ends in slot 895, and what is foretold after it lies eight slots on.
        var values = series.values
        for index in 904 * 2..<values.count { values[index] = 3 }
        let other = WindowSeries(
            channelCount: 2, values: values, observed: series.observed, isForetellable: series.isForetellable,
            ends: series.ends)
        func report(_ series: WindowSeries) throws -> TrainingReport {
            try start.trained(on: series, seed: 1) {
                ($0.stepCount, $0.heldOutShare, $0.heldOutGap) = (50, 0.1, 15)
            }.report
        }
        let (first, second) = (try report(series), try report(other))
        #expect(first.trainingLoss == second.trainingLoss)
        #expect(first.heldOutLoss < second.heldOutLoss)
    }

    @Test(arguments: UInt64(1)...2)
    func `training with missing values learns what is there`(seed: UInt64) throws {
        // One value in ten is missing, and the mean stands in for it.
        var readings = TestSeries.machine(count: 3_000, seed: seed)
        let mask = TestSeries.mask(rows: 3_000, columns: 2, missing: 0.1, seed: seed)
        for index in mask.elements.indices where mask.elements[index] == 0 { readings.elements[index] = 0 }
        let unseen = TestSeries.whole(TestSeries.machine(count: 800, seed: seed + 50), slotCount: Self.slotCount)
        let series = TestSeries.whole(readings, mask: mask, slotCount: Self.slotCount)
        let start = try start(series)
        let trained = try start.trained(on: series, seed: seed) { $0.stepCount = 1_500 }.network
        let (before, after) = (start.negativeELBO(of: unseen, seed: 1), trained.negativeELBO(of: unseen, seed: 1))
        #expect(after.negativeELBO < before.negativeELBO - 1)
        #expect(after.foresight < before.foresight - 0.1)
    }

    @Test(arguments: [Float(-1), 1], UInt64(1)...2)
    func `training brings a wrong noise to that of the windows`(error: Float, seed: UInt64) throws {
        // Two normal amplitudes make each window, so the model can be exactly right.
        var source = RandomSource(seed: seed)
        var windows = Matrix(rows: 4_000, columns: 16)
        for row in 0..<4_000 {
            let (a, b) = (source.normal(), source.normal())
            for column in 0..<16 {
                let angle = Double(column) * 0.5
                windows[row, column] = Float(a * Double.sin(angle) + b * Double.cos(angle) + 0.3 * source.normal())
            }
        }
        let series = TestSeries.apart(windows, slotCount: 16)
        let start = try VariationalAutoencoder(
            closedFormOf: series, slotCount: 16, latentLimit: 2, hiddenCount: 8, seed: seed
        ).changing(.noise) { $1 + error }
        let network = try start.trained(on: series, seed: seed) {
            ($0.stepCount, $0.peakLearningRate, $0.inputNoise) = (2_000, 5e-3, 0)
        }.network
        for (column, variance) in network.noiseVariances.enumerated() {
            #expect(abs(variance / 0.09 - 1) < 0.1, "cell \(column): \(variance)")
        }
    }

    @Test func `the noise never leaves its range, so that it can come back`() throws {
        let readings = Matrix(rows: 200, columns: 1, elements: (0..<200).map { $0.isMultiple(of: 2) ? 0.5 : -0.5 })
        let series = TestSeries.whole(readings, slotCount: 8)
        let start = try VariationalAutoencoder(closedFormOf: series, slotCount: 8, hiddenCount: 8, seed: 1)
        let network = try start.trained(on: series, seed: 1) { $0.peakLearningRate = 0.05 }.network
        let (least, leastForesight) = (2 * Float.log(0.05), 2 * Float.log(0.03))
        #expect(network.parameters[ParameterGroup.noise.range(in: network.shape)].allSatisfy { $0 >= least })
        #expect(
            network.parameters[ParameterGroup.foresightNoise.range(in: network.shape)].allSatisfy {
                $0 >= leastForesight
            })
    }

    @Test func `a loss that is not finite ends the training with the weights from before`() throws {
        let start = try start(Self.series(200, seed: 1))
        let huge = Matrix(rows: 100, columns: 2, elements: [Float](repeating: 3e38, count: 200))
        let (network, report) = try start.trained(on: TestSeries.whole(huge, slotCount: Self.slotCount), seed: 1)
        #expect(report.outcome == .diverged)
        #expect(network == start)
    }

    @Test func `a series that cannot be trained on is refused with the reason`() throws {
        let series = Self.series(50, seed: 1)
        let start = try start(series)
        func refused(_ series: WindowSeries, _ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingFailure?
        {
            do {
                _ = try start.trained(on: series, seed: 1, change)
                return nil
            } catch {
                return error as? TrainingFailure
            }
        }
        let wide = TestSeries.whole(TestSeries.noise(rows: 50, columns: 3, seed: 1), slotCount: Self.slotCount)
        #expect(refused(wide) == .wrongWidth(found: 36, expected: 24))
        #expect(refused(series.with(ends: [])) == .noWindows(count: 0, heldOut: 0, gap: 0))
        let allHeldOut = refused(series) { ($0.heldOutShare, $0.heldOutGap) = (0.8, 11) }
        #expect(allHeldOut == .noWindows(count: 50, heldOut: 40, gap: 11))
        var broken = TestSeries.machine(count: 50, seed: 1)
        broken[7, 1] = .nan
        #expect(
            refused(TestSeries.whole(broken, slotCount: Self.slotCount)) == .notFiniteReading(slot: 7, channel: 1))
        broken[7, 1] = .infinity
        #expect(
            refused(TestSeries.whole(broken, slotCount: Self.slotCount)) == .notFiniteReading(slot: 7, channel: 1))
    }
}
