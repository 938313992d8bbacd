package import LinearAlgebra

/// One training of a network, made step by step so that a caller can pause or end it between any two.
///
/// It is a value, decided by its arguments alone: the same network, windows, settings and seed give the same bytes. After
/// its first step it allocates nothing (OpenBLAS's own AVX-512 kernels take memory for some small products).
package struct TrainingRun: Sendable {
    /// How far it has come.
    package var report: TrainingReport { progress.report }
    /// Whether there is nothing left to do.
    package var isFinished: Bool { progress.isFinished }

    private let settings: TrainingSettings
    private let shape: NetworkShape
    private let windows: TrainingWindows
    private let heldOutEpsilon: [Float]  // (held-out windows, L), the same draws at every look

    private var source: RandomSource
    private var parameters: [Float]
    private var gradient: [Float]
    private var optimizer: AdamOptimizer
    private var bound: EvidenceLowerBound
    private let rate: OneCycleRate
    private var progress: TrainingProgress

    /// A training that starts from the weights of a network.
    ///
    /// `windows` is (windows × D), in the order of time; `mask`, of the same shape, is 0 where a cell is missing, and such
    /// cells may hold anything. Checks every cell once.
    package init(
        network: VariationalAutoencoder, windows: Matrix, mask: Matrix? = nil,
        settings: TrainingSettings = TrainingSettings(), seed: UInt64
    ) throws(TrainingFailure) {
        precondition(settings.stepCount > 0 && settings.windowsPerStep > 0 && settings.checkInterval > 0)
        shape = network.shape
        self.windows = try TrainingWindows(
            windows, mask: mask, inputCount: shape.inputCount, settings: settings)
        var source = RandomSource(seed: seed)
        heldOutEpsilon = (0..<self.windows.heldOutRows.count * shape.latentCount).map { _ in Float(source.normal()) }
        self.source = source

        self.settings = settings
        // A copy of its own, made here: an array that shares its memory would be copied in a later step.
        parameters = network.parameters.map { $0 }
        gradient = [Float](repeating: 0, count: parameters.count)
        optimizer = AdamOptimizer(parameterCount: parameters.count)
        bound = EvidenceLowerBound(shape: shape, rowLimit: settings.windowsPerStep)
        rate = OneCycleRate(settings)
        progress = TrainingProgress(windows: self.windows, parameters: parameters, settings: settings)
    }

    /// The network as far as it is trained: the best weights by the held-out windows at the last look, or the last
    /// weights where none are held out.
    package var network: VariationalAutoencoder {
        VariationalAutoencoder(shape: shape, parameters: progress.result(last: parameters))
    }

    /// Draws a batch and moves the weights once; looks at the held-out windows when that is due. Does nothing when
    /// finished.
    package mutating func step() {
        guard !isFinished else { return }
        windows.draw(into: &bound.batch, settings: settings, from: &source)
        if settings.beta > 0 { bound.drawEpsilon(from: &source) }

        let loss = bound.loss(parameters: parameters, beta: settings.beta)
        guard loss.isFinite else { return progress.diverge() }
        bound.backward(parameters: parameters, beta: settings.beta, gradient: &gradient)
        let norm = clipNorm(of: &gradient, to: settings.gradientNormLimit)
        guard norm.isFinite else { return progress.diverge() }
        optimizer.step(
            rate: rate.rate(at: report.stepCount), gradient: gradient, parameters: &parameters,
            fastStart: parameters.count - shape.inputCount, fastFactor: settings.noiseRateFactor)
        keepNoiseInRange()

        progress.countStep(loss: loss)
        if progress.isLookDue { progress.look(heldOutLoss: heldOutLoss(), parameters: parameters) }
    }

    /// The loss of the held-out windows, nil where there are none.
    private mutating func heldOutLoss() -> Double? {
        let (count, latentCount) = (windows.heldOutRows.count, shape.latentCount)
        guard count > 0 else { return nil }
        var sum = 0.0
        for start in stride(from: 0, to: count, by: bound.rowLimit) {
            let end = min(start + bound.rowLimit, count)
            windows.copyHeldOut(start..<end, into: &bound.batch)
            for index in start * latentCount..<end * latentCount {
                bound.epsilon[index - start * latentCount] = heldOutEpsilon[index]
            }
            sum += bound.loss(parameters: parameters, beta: settings.beta) * Double(end - start)
        }
        return sum / Double(count)
    }

    /// A log-variance that left its range would have no gradient to come back by, so it is put back.
    private mutating func keepNoiseInRange() {
        guard shape.outputNoise == .learned else { return }
        let range = ReconstructionLoss.logVarianceRange
        for index in parameters.count - shape.inputCount..<parameters.count {
            parameters[index] = min(max(parameters[index], range.lowerBound), range.upperBound)
        }
    }
}
