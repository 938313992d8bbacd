package import LinearAlgebra

/// One training of a causal forecaster, made step by step so that a caller can pause or end it between any two.
///
/// It is a value, decided by its arguments alone: the same readings, settings and seed give the same bytes. After its
/// first step it allocates nothing.
///
/// The settings mean what they mean for a ``TrainingRun``, but for β and the gap before the
/// held-out windows, which mean nothing: windows that share readings with held-out ones are left out anyway. The
/// report's losses are negative log densities per observed value, in nats, of all slots of a window.
package struct CausalTrainingRun: Sendable {
    /// The settings that a training has if it is not given others.
    package static let standardSettings: TrainingSettings = {
        var settings = TrainingSettings()
        settings.stepCount = 300
        settings.windowsPerStep = 16
        settings.peakLearningRate = 5e-3
        settings.inputNoise = 0
        settings.heldOutShare = 0.1
        settings.checkInterval = 30
        settings.heldOutLimit = 64
        return settings
    }()

    /// Of what positions see so much is hidden in training, slots and single values: a stream of which nothing was missing so far would
    /// else teach nothing of what to expect after something is, and a missing value would be taken for anything.
    private static let hiddenShare = 0.03

    /// How far it has come.
    package var report: TrainingReport { progress.report }
    /// Whether there is nothing left to do.
    package var isFinished: Bool { progress.isFinished }

    private let settings: TrainingSettings
    private let shape: CausalForecaster.Shape
    private let quantizers: [ValueQuantizer]
    private let readings: Matrix  // (slots, d)
    private let mask: Matrix?  // (slots, d), 0 where a value is missing
    private let trainingSlots: [Int]  // the last slots of the windows to train on
    private let heldOutSlots: [Int]  // the last slots of the windows to look at

    private var source: RandomSource
    private var parameters: [Float]
    private var gradient: [Float]
    private var optimizer: AdamOptimizer
    private var loss: CausalLoss
    private let rate: OneCycleRate
    private var progress: TrainingProgress

    /// A training from the beginning, the quantizers included, which are made from what the windows to train on hold.
    ///
    /// `readings` is (slots × d), on the stream's grid and in the order of time, in the normalizer's units; `mask`, of
    /// the same shape, is 0 where a value is missing, and such a value may be anything. `lastSlots` are those of the
    /// windows that may be used, ascending, each at least T − 1: a window has the T slots up to and including it.
    /// Checks every value once.
    package init(
        shape: CausalForecaster.Shape, readings: Matrix, mask: Matrix? = nil, lastSlots: [Int],
        settings: TrainingSettings = standardSettings, seed: UInt64
    ) throws(TrainingFailure) {
        precondition(settings.stepCount > 0 && settings.windowsPerStep > 0 && settings.checkInterval > 0)
        try Self.check(readings, mask, channelCount: shape.channelCount)
        let places = try Self.divide(lastSlots, shape: shape, slotCount: readings.rowCount, settings: settings)
        let quantizers = Self.quantizers(for: readings, mask: mask, lastSlots: places.training, shape: shape)
        let network = CausalForecaster(shape: shape, quantizers: quantizers, seed: seed)

        self.settings = settings
        self.shape = shape
        self.quantizers = quantizers
        self.readings = readings
        self.mask = mask
        (trainingSlots, heldOutSlots) = places
        // Not the numbers that the first weights were drawn from.
        source = RandomSource(seed: ~seed)
        parameters = network.parameters
        gradient = [Float](repeating: 0, count: parameters.count)
        optimizer = AdamOptimizer(parameterCount: parameters.count)
        loss = CausalLoss(shape: shape, quantizers: quantizers, windowLimit: settings.windowsPerStep)
        rate = OneCycleRate(settings)
        progress = TrainingProgress(
            trainingCount: places.training.count, heldOutCount: places.heldOut.count, parameters: parameters,
            settings: settings)
    }

    /// The network as far as it is trained: the best weights by the held-out windows at the last look, or the last
    /// weights where none are held out.
    package var network: CausalForecaster {
        CausalForecaster(shape: shape, quantizers: quantizers, parameters: progress.result(last: parameters))
    }

    /// Draws a batch and moves the weights once; looks at the held-out windows when that is due. Does nothing when
    /// finished.
    package mutating func step() {
        guard !isFinished else { return }
        loss.removeWindows()
        for _ in 0..<settings.windowsPerStep { append(trainingSlots[source.index(below: trainingSlots.count)]) }
        loss.batch.hideInputs(share: Self.hiddenShare, from: &source)
        if settings.inputNoise > 0 { loss.batch.addInputNoise(deviation: settings.inputNoise, from: &source) }

        let mean = loss.forward(parameters: parameters).mean
        guard mean.isFinite else { return progress.diverge() }
        loss.backward(parameters: parameters, gradient: &gradient)
        let norm = clipNorm(of: &gradient, to: settings.gradientNormLimit)
        guard norm.isFinite else { return progress.diverge() }
        optimizer.step(rate: rate.rate(at: report.stepCount), gradient: gradient, parameters: &parameters)

        progress.countStep(loss: mean)
        if progress.isLookDue { progress.look(heldOutLoss: heldOutLoss(), parameters: parameters) }
    }

    /// Adds the window that ends with a slot to the batch.
    private mutating func append(_ lastSlot: Int) {
        let cells = (lastSlot + 1 - shape.slotCount) * shape.channelCount..<(lastSlot + 1) * shape.channelCount
        let (readings, mask) = (readings, mask)
        loss.append(readings.elements.span.extracting(cells), mask: mask?.elements.span.extracting(cells))
    }

    /// The loss of the held-out windows, nil where there are none.
    private mutating func heldOutLoss() -> Double? {
        guard !heldOutSlots.isEmpty else { return nil }
        var whole = CausalLoss.Sum()
        for start in stride(from: 0, to: heldOutSlots.count, by: settings.windowsPerStep) {
            loss.removeWindows()
            for place in start..<min(start + settings.windowsPerStep, heldOutSlots.count) {
                append(heldOutSlots[place])
            }
            let sum = loss.forward(parameters: parameters)
            whole.negativeLogLikelihood += sum.negativeLogLikelihood
            whole.valueCount += sum.valueCount
        }
        return whole.mean
    }

    /// Which windows to train on and which to look at, by their last slots.
    private static func divide(
        _ lastSlots: [Int], shape: CausalForecaster.Shape, slotCount: Int, settings: TrainingSettings
    ) throws(TrainingFailure) -> (training: [Int], heldOut: [Int]) {
        for (index, slot) in lastSlots.enumerated() {
            precondition(slot >= shape.slotCount - 1 && slot < slotCount, "no window ends with slot \(slot)")
            precondition(index == 0 || lastSlots[index - 1] < slot, "the last slots are not ascending")
        }
        let tail = Int(settings.heldOutShare * Double(lastSlots.count))
        let heldOutCount = tail < TrainingSettings.heldOutMinimum ? 0 : tail
        let heldOut = lastSlots.suffix(heldOutCount)
        let limit = heldOut.first.map { $0 - shape.slotCount } ?? slotCount
        let training = lastSlots.dropLast(heldOutCount).filter { $0 <= limit }
        guard !training.isEmpty else {
            throw .noWindows(
                count: lastSlots.count, heldOut: heldOutCount, gap: lastSlots.count - heldOutCount)
        }
        let lookedAt = min(heldOutCount, settings.heldOutLimit)
        return (training, (0..<lookedAt).map { heldOut[heldOut.startIndex + $0 * heldOutCount / lookedAt] })
    }

    /// Each channel's bins, by the values that the windows hold, each once.
    private static func quantizers(
        for readings: Matrix, mask: Matrix?, lastSlots: [Int], shape: CausalForecaster.Shape
    ) -> [ValueQuantizer] {
        let d = shape.channelCount
        var values = [[Float]](repeating: [], count: d)
        var next = 0
        for lastSlot in lastSlots {
            for slot in max(next, lastSlot + 1 - shape.slotCount)...lastSlot {
                for channel in 0..<d where mask.map({ $0[slot, channel] != 0 }) ?? true {
                    values[channel].append(readings[slot, channel])
                }
            }
            next = lastSlot + 1
        }
        return values.map { ValueQuantizer(values: $0, binCount: shape.binCount) }
    }

    private static func check(_ readings: Matrix, _ mask: Matrix?, channelCount: Int) throws(TrainingFailure) {
        let columns = readings.columnCount
        guard columns == channelCount else { throw .wrongWidth(found: columns, expected: channelCount) }
        if let mask, mask.rowCount != readings.rowCount || mask.columnCount != columns {
            throw .wrongMask(
                rows: mask.rowCount, columns: mask.columnCount, expectedRows: readings.rowCount,
                expectedColumns: columns)
        }
        for index in readings.elements.indices where !readings.elements[index].isFinite {
            if let mask, mask.elements[index] == 0 { continue }
            throw .notFiniteReading(slot: index / columns, channel: index % columns)
        }
    }
}
