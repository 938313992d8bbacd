import CAllocationCounter
import LinearAlgebra
import Testing
import VAE

@Suite(.timeLimit(.minutes(5)))
struct CausalTrainingTests {
    /// Sizes at which a training takes a second or so.
    private static let shape = CausalForecaster.Shape(
        channelCount: 1, slotCount: 32, binCount: 32, width: 16, headCount: 2)

    private func run(
        _ readings: Matrix, mask: Matrix? = nil, shape: CausalForecaster.Shape = Self.shape, seed: UInt64 = 1,
        _ change: (inout TrainingSettings) -> Void = { _ in }
    ) throws -> CausalTrainingRun {
        var settings = CausalTrainingRun.standardSettings
        change(&settings)
        return try CausalTrainingRun(
            shape: shape, readings: readings, mask: mask,
            lastSlots: Array(shape.slotCount - 1..<readings.rowCount), settings: settings, seed: seed)
    }

    private func trained(
        _ readings: Matrix, mask: Matrix? = nil, seed: UInt64 = 1, _ change: (inout TrainingSettings) -> Void = { _ in }
    ) throws -> CausalTrainingRun {
        var run = try run(readings, mask: mask, seed: seed, change)
        while !run.isFinished { run.step() }
        return run
    }

    /// What the network says of unseen readings, and what they would cost without looking at what was before them.
    private func losses(_ network: CausalForecaster, _ unseen: Matrix) -> (conditional: Double, unconditional: Double) {
        let scores = network.negativeLogLikelihoods(
            of: CausalSeries.windows(unseen, slotCount: Self.shape.slotCount), newest: 16)
        return (CausalSeries.mean(scores.elements), CausalSeries.unconditional(unseen.elements, network.quantizers[0]))
    }

    @Test(arguments: UInt64(1)...2)
    func `training learns a noisy sine`(seed: UInt64) throws {
        let run = try trained(CausalSeries.sine(count: 2_000, seed: seed), seed: seed)
        let (conditional, unconditional) = losses(run.network, CausalSeries.sine(count: 400, seed: seed + 100))
        // The noise alone, of deviation 0.1, has −0.88; without looking back it is about 1.2.
        #expect(conditional < 0, "\(conditional), \(unconditional)")
        #expect(unconditional > 1)
        #expect(run.report.heldOutLoss < 0.2 && run.report.heldOutWindowCount == 64)
        #expect(run.report.trainingWindowCount == 1_969 - 196 - 31)
    }

    @Test(arguments: UInt64(1)...2)
    func `training learns when a machine changes its state`(seed: UInt64) throws {
        let run = try trained(CausalSeries.twoStates(count: 1_500, seed: seed), seed: seed)
        let unseen = CausalSeries.twoStates(count: 300, seed: seed + 100)
        let (conditional, unconditional) = losses(run.network, unseen)
        // Which state it is costs 0.68 nats when nothing is known, and nearly nothing when the past is.
        #expect(conditional < unconditional - 0.45, "\(conditional), \(unconditional)")
        // A change that comes two slots early is what the past did not foretell.
        var odd = unseen
        for slot in 0..<300 where slot % 12 == 5 || slot % 12 == 6 { odd[slot, 0] += 2 }
        #expect(losses(run.network, odd).conditional > conditional + 0.5)
    }

    @Test func `a greedy continuation of a sine goes on as the sine does`() throws {
        let readings = CausalSeries.sine(count: 2_000, seed: 1)
        let network = try trained(readings).network
        let continuation = network.continuation(
            of: readings, steps: 25, sampling: try TokenSampling(temperature: 0), seed: 1)
        let expected = CausalSeries.sine(count: 2_025, noise: 0, seed: 1).elements.suffix(25)
        let errors = zip(continuation.elements, expected).map { abs($0 - $1) }
        // One whole turn; a forecast that keeps the last value would be off by 0.9 on average.
        #expect(CausalSeries.mean(errors) < 0.35)
    }

    @Test func `training with missing values learns what is there`() throws {
        var readings = CausalSeries.sine(count: 2_000, seed: 1)
        var mask = readings
        var source = RandomSource(seed: 1)
        for slot in 0..<2_000 {
            mask[slot, 0] = source.uniform() < 0.2 ? 0 : 1
            if mask[slot, 0] == 0 { readings[slot, 0] = .nan }
        }
        let run = try trained(readings, mask: mask)
        #expect(losses(run.network, CausalSeries.sine(count: 300, seed: 101)).conditional < 0.4)
    }

    @Test func `the same seed gives the same bytes, and another seed others`() throws {
        let readings = CausalSeries.sine(count: 400, seed: 1)
        func bytes(_ seed: UInt64) throws -> [UInt8] {
            try trained(readings, seed: seed) {
                $0.stepCount = 40
                $0.inputNoise = 0.1
            }.network.blob()
        }
        let first = try bytes(1)
        #expect(try bytes(1) == first)
        #expect(try bytes(2) != first)
    }

    @Test func `a training that is copied half way goes on as the original does`() throws {
        var original = try run(CausalSeries.sine(count: 600, seed: 5)) { $0.stepCount = 40 }
        for _ in 0..<20 { original.step() }
        var copy = original
        while !original.isFinished { original.step() }
        while !copy.isFinished { copy.step() }
        #expect(original.network.blob() == copy.network.blob())
        #expect(original.report == copy.report)
    }

    @Test func `windows that share readings with held-out ones are left out, and these are not binned`() throws {
        // What is held out is unlike the rest: the quantizer must not know it.
        var readings = CausalSeries.sine(count: 500, seed: 1)
        for slot in 431..<500 { readings[slot, 0] = 7 }
        let run = try run(readings)
        let (windowCount, heldOutCount) = (469, 46)
        #expect(run.report.heldOutWindowCount == heldOutCount)
        #expect(run.report.trainingWindowCount == windowCount - heldOutCount - 31)
        #expect(run.network.quantizers[0].shares[run.network.quantizers[0].bin(of: 7)] < 1e-3)
    }

    @Test func `training stops when held-out windows get worse, and gives the best weights by them`() throws {
        var readings = CausalSeries.sine(count: 900, seed: 1)
        for slot in 780..<900 { readings[slot, 0] = -0.4 * readings[(slot * 7) % 700, 0] }
        var run = try run(readings) {
            $0.stepCount = 2_000
            $0.checkInterval = 10
            $0.patience = 3
        }
        var networks: [Int: CausalForecaster] = [:]
        while !run.isFinished {
            run.step()
            if run.report.bestStep == run.report.stepCount { networks[run.report.bestStep] = run.network }
        }
        #expect(run.report.outcome == .stoppedEarly)
        #expect(run.report.stepCount == run.report.bestStep + 30)
        #expect(networks[run.report.bestStep] == run.network)
    }

    @Test func `readings that cannot be trained on are refused with the reason`() throws {
        let readings = CausalSeries.sine(count: 100, seed: 1)
        func start(_ readings: Matrix, mask: Matrix? = nil, lastSlots: [Int] = [50, 60]) throws {
            _ = try CausalTrainingRun(shape: Self.shape, readings: readings, mask: mask, lastSlots: lastSlots, seed: 1)
        }
        #expect(throws: TrainingFailure.wrongWidth(found: 3, expected: 1)) {
            try start(Matrix(rows: 100, columns: 3))
        }
        #expect(throws: TrainingFailure.noWindows(count: 0, heldOut: 0, gap: 0)) { try start(readings, lastSlots: []) }
        #expect(
            throws: TrainingFailure.wrongMask(rows: 99, columns: 1, expectedRows: 100, expectedColumns: 1)
        ) { try start(readings, mask: Matrix(rows: 99, columns: 1)) }
        var broken = readings
        broken[7, 0] = .infinity
        #expect(throws: TrainingFailure.notFiniteReading(slot: 7, channel: 0)) { try start(broken) }
        var mask = Matrix(rows: 100, columns: 1, elements: [Float](repeating: 1, count: 100))
        mask[7, 0] = 0
        try start(broken, mask: mask)
    }

    @Test(.enabled(if: harken_allocation_counter_is_available(), "a sanitizer has an allocator of its own"))
    func `training allocates nothing after its first step`() throws {
        var run = try run(CausalSeries.sine(count: 600, seed: 1)) { $0.checkInterval = 10 }
        for _ in 0..<12 { run.step() }
        let before = harken_allocation_count()
        for _ in 0..<20 { run.step() }
        #expect(harken_allocation_count() == before)
    }
}
