import LinearAlgebra
import RealModule

/// One training of a network's residual path, made step by step so that a caller can pause or end it between any two.
///
/// It is a value, decided by its arguments alone: the same network, series, settings and seed give the same bytes. After
/// its first step it allocates nothing.
package struct TrainingRun: Sendable {
    /// How far it has come.
    package var report: TrainingReport { progress.report }
    /// Whether there is nothing left to do.
    package var isFinished: Bool { progress.isFinished }

    private let settings: TrainingSettings
    private let start: VariationalAutoencoder
    private let series: WindowSeries
    private let split: HeldOutSplit
    private let heldOutEpsilon: [Float]  // (held-out windows, k), the same draws at every look

    private let noise: NoiseTable
    private var source: RandomSource
    private var parameters: [Float]
    private var gradient: [Float]
    private var optimizer: AdamOptimizer
    private var bound: EvidenceLowerBound
    private let rate: OneCycleRate
    private var progress: TrainingProgress
    private let layout: ParameterLayout

    /// A training that starts from the weights of a network. Checks every value of the series once.
    package init(
        network: VariationalAutoencoder, series: WindowSeries, settings: TrainingSettings = TrainingSettings(),
        seed: UInt64
    ) throws(TrainingFailure) {
        precondition(settings.stepCount > 0 && settings.windowsPerStep > 0 && settings.checkInterval > 0)
        let shape = network.shape
        guard series.channelCount == shape.channelCount else {
            throw .wrongWidth(found: series.channelCount * shape.slotCount, expected: shape.inputCount)
        }
        if let index = series.values.firstIndex(where: { !$0.isFinite }) {
            throw .notFiniteReading(slot: index / series.channelCount, channel: index % series.channelCount)
        }
        split = try HeldOutSplit(windowCount: series.ends.count, settings: settings)
        var source = RandomSource(seed: seed)
        noise = NoiseTable(from: &source)
        heldOutEpsilon = (0..<split.heldOutRows.count * shape.latentCount).map { _ in Float(source.normal()) }
        self.source = source
        self.settings = settings
        self.series = series
        start = network
        layout = ParameterLayout(shape)
        // A copy of its own, made here: an array that shares its memory would be copied in a later step.
        parameters = network.parameters.map { $0 }
        gradient = [Float](repeating: 0, count: parameters.count)
        optimizer = AdamOptimizer(parameterCount: parameters.count)
        bound = EvidenceLowerBound(of: network, rowLimit: settings.windowsPerStep)
        rate = OneCycleRate(settings)
        progress = TrainingProgress(
            trainingCount: split.trainingCount, heldOutCount: split.heldOutRows.count, parameters: parameters,
            settings: settings)
    }

    /// The network as far as it is trained: the best weights by the held-out windows at the last look, or the last
    /// weights where none are held out.
    package var network: VariationalAutoencoder {
        VariationalAutoencoder(
            shape: start.shape, linear: start.linear, parameters: progress.result(last: parameters))
    }

    /// The last slots of the held-out windows that are looked at.
    package var heldOutEnds: [Int] { split.heldOutRows.map { series.ends[$0] } }

    /// The loss per cell of the held-out windows under a network of the same linear path; nil where none are held out.
    package mutating func heldOutLoss(of network: VariationalAutoencoder) -> Double? {
        precondition(network.shape == start.shape && network.linear == start.linear, "another linear path")
        return heldOutLoss(under: network.parameters)
    }

    /// Counts the weights that it starts from among those that it may give: without that, only weights after a step are looked at.
    /// Does nothing once a step was made, or where nothing is held out.
    package mutating func lookAtStart() {
        guard report.stepCount == 0, let loss = heldOutLoss(under: parameters) else { return }
        progress.lookAtStart(heldOutLoss: loss)
    }

    /// Draws a batch and moves the weights once; looks at the held-out windows when that is due. Does nothing when
    /// finished.
    package mutating func step() {
        guard !isFinished else { return }
        bound.batch.removeRows()
        for _ in 0..<settings.windowsPerStep {
            bound.batch.append(series, endingIn: series.ends[source.index(below: split.trainingCount)])
        }
        if settings.inputNoise > 0 {
            bound.batch.addInputNoise(noise, deviation: settings.inputNoise, from: &source)
        }
        if settings.beta > 0 { bound.drawEpsilon(noise, from: &source) }

        let loss = bound.loss(parameters: parameters, beta: settings.beta)
        guard loss.isFinite else { return progress.diverge() }
        bound.backward(parameters: parameters, beta: settings.beta, gradient: &gradient)
        let norm = clipNorm(of: &gradient, to: settings.gradientNormLimit)
        guard norm.isFinite else { return progress.diverge() }
        optimizer.step(rate: rate.rate(at: report.stepCount), gradient: gradient, parameters: &parameters)
        keepNoiseInRange()

        progress.countStep(loss: loss)
        if progress.isLookDue { progress.look(heldOutLoss: heldOutLoss(under: parameters), parameters: parameters) }
    }

    /// The loss of the held-out windows, nil where there are none.
    private mutating func heldOutLoss(under parameters: [Float]) -> Double? {
        let (count, latentCount) = (split.heldOutRows.count, start.shape.latentCount)
        guard count > 0 else { return nil }
        var sum = 0.0
        for first in stride(from: 0, to: count, by: bound.batch.rowLimit) {
            let end = min(first + bound.batch.rowLimit, count)
            bound.batch.removeRows()
            for row in split.heldOutRows[first..<end] { bound.batch.append(series, endingIn: series.ends[row]) }
            for index in first * latentCount..<end * latentCount {
                bound.epsilon[index - first * latentCount] = heldOutEpsilon[index]
            }
            sum += bound.loss(parameters: parameters, beta: settings.beta) * Double(end - first)
        }
        return sum / Double(count)
    }

    /// A log-variance that left its range would have no gradient to come back by, so it is put back.
    private mutating func keepNoiseInRange() {
        let least = 2 * Float.log(VariationalAutoencoder.leastNoise)
        let leastForesight = 2 * Float.log(VariationalAutoencoder.leastForesightNoise)
        for index in layout.noise { parameters[index] = max(parameters[index], least) }
        for index in layout.foresightNoise { parameters[index] = max(parameters[index], leastForesight) }
    }
}
