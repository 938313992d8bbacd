import RealModule

/// The learning rate of each step: one rise and one fall, both along a cosine (Smith and Topin 2017; PyTorch's
/// `OneCycleLR` without its change of momentum).
package struct OneCycleRate: Sendable {
    private let initial: Double
    private let peak: Double
    private let final: Double
    private let peakStep: Double
    private let lastStep: Double

    /// The rates that the settings describe.
    package init(_ settings: TrainingSettings) {
        peak = settings.peakLearningRate
        initial = peak / settings.initialDivisor
        final = initial / settings.finalDivisor
        peakStep = settings.warmUpShare * Double(settings.stepCount) - 1
        lastStep = Double(settings.stepCount) - 1
    }

    /// The rate of a step, counted from zero.
    package func rate(at step: Int) -> Double {
        let step = Double(step)
        if step <= peakStep {
            return peakStep > 0 ? between(initial, peak, share: step / peakStep) : peak
        }
        let length = lastStep - peakStep
        return length > 0 ? between(peak, final, share: min(1, (step - peakStep) / length)) : final
    }

    private func between(_ start: Double, _ end: Double, share: Double) -> Double {
        end + (start - end) / 2 * (1 + Double.cos(.pi * share))
    }
}
