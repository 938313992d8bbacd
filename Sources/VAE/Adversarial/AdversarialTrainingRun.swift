package import LinearAlgebra

/// One adversarial training, made step by step so that a caller can pause or end it between any two.
///
/// It is a value, decided by its arguments alone: the same network, windows, settings and seed give the same bytes. After
/// its first step it allocates nothing (OpenBLAS's own AVX-512 kernels take memory for some small products).
///
/// The settings mean what they mean for a ``TrainingRun``, but for β and the rate of the output noise, which nothing has
/// here. The report's losses are scores, ½ ‖w − AE1(w)‖² + ½ ‖w − AE2(AE1(w))‖² per cell: the two losses that are
/// trained change their meaning from step to step, and normal windows should score low.
package struct AdversarialTrainingRun: Sendable {
    /// How far it has come.
    package var report: TrainingReport { progress.report }
    /// Whether there is nothing left to do.
    package var isFinished: Bool { progress.isFinished }

    /// The paper's n at the last step, up to which it rises evenly from 1 at the first.
    ///
    /// In the paper n counts epochs, so the adversarial terms' share 1 − 1/n goes to 1, faster the more one trains. But
    /// where AE1 rebuilds its windows well, AE2(AE1(w)) is AE2(w), and the two terms of AE2's loss come to
    /// (2/n − 1) · ‖w − AE2(w)‖²: from n = 2 on AE2 learns to rebuild real windows badly. It was seen to: with n up to 5,
    /// second passes of normal windows went to the margin as soon as n was over 2, and detection got worse.
    private static let largestN = 2.0

    private let settings: TrainingSettings
    private let shape: AdversarialAutoencoder.Shape
    private let windows: TrainingWindows

    private var source: RandomSource
    private var parameters: [Float]
    private var gradient: [Float]
    private var optimizer: AdamOptimizer
    private var loss: AdversarialLoss
    private let rate: OneCycleRate
    private var progress: TrainingProgress

    /// A training that starts from the weights of a network.
    ///
    /// `windows` is (windows × D), in the order of time; `mask`, of the same shape, is 0 where a cell is missing, and such
    /// cells may hold anything. Checks every cell once.
    package init(
        network: AdversarialAutoencoder, windows: Matrix, mask: Matrix? = nil,
        settings: TrainingSettings = TrainingSettings(), seed: UInt64
    ) throws(TrainingFailure) {
        precondition(settings.stepCount > 0 && settings.windowsPerStep > 0 && settings.checkInterval > 0)
        shape = network.shape
        self.windows = try TrainingWindows(windows, mask: mask, inputCount: shape.inputCount, settings: settings)
        self.settings = settings
        source = RandomSource(seed: seed)
        // A copy of its own, made here: an array that shares its memory would be copied in a later step.
        parameters = network.parameters.map { $0 }
        gradient = [Float](repeating: 0, count: parameters.count)
        optimizer = AdamOptimizer(parameterCount: parameters.count)
        loss = AdversarialLoss(shape: shape, rowLimit: settings.windowsPerStep)
        rate = OneCycleRate(settings)
        progress = TrainingProgress(
            trainingCount: self.windows.split.trainingCount, heldOutCount: self.windows.split.heldOutRows.count,
            parameters: parameters, settings: settings)
    }

    /// The network as far as it is trained: the best weights by the held-out windows at the last look, or the last
    /// weights where none are held out.
    package var network: AdversarialAutoencoder {
        AdversarialAutoencoder(shape: shape, parameters: progress.result(last: parameters))
    }

    /// Draws a batch and moves the weights once; looks at the held-out windows when that is due. Does nothing when
    /// finished.
    package mutating func step() {
        guard !isFinished else { return }
        windows.draw(into: &loss.batch, settings: settings, from: &source)
        let score = scorePerCell()
        guard score.isFinite else { return progress.diverge() }
        loss.backward(parameters: parameters, n: n(at: report.stepCount), gradient: &gradient)
        let norm = clipNorm(of: &gradient, to: settings.gradientNormLimit)
        guard norm.isFinite else { return progress.diverge() }
        optimizer.step(rate: rate.rate(at: report.stepCount), gradient: gradient, parameters: &parameters)

        progress.countStep(loss: score)
        if progress.isLookDue { progress.look(heldOutLoss: heldOutScore(), parameters: parameters) }
    }

    /// The paper's n at a step.
    private func n(at step: Int) -> Double {
        1 + (Self.largestN - 1) * Double(step) / Double(max(1, settings.stepCount - 1))
    }

    /// The score of the batch that is in `loss`, on its way forward.
    private mutating func scorePerCell() -> Double {
        let parts = loss.forward(parameters: parameters)
        return 0.5 * (parts.first + parts.secondPass) / Double(loss.rowCount * shape.inputCount)
    }

    /// The score of the held-out windows, nil where there are none.
    private mutating func heldOutScore() -> Double? {
        let count = windows.heldOutRows.count
        guard count > 0 else { return nil }
        var sum = 0.0
        for start in stride(from: 0, to: count, by: settings.windowsPerStep) {
            let end = min(start + settings.windowsPerStep, count)
            windows.copyHeldOut(start..<end, into: &loss.batch)
            sum += scorePerCell() * Double(end - start)
        }
        return sum / Double(count)
    }
}
