import LinearAlgebra
import RealModule

/// Adam (Kingma and Ba 2014): steps along the gradient's running mean, in units of its running magnitude.
package struct AdamOptimizer: Sendable {
    private static let (meanDecay, squareDecay, epsilon) = (0.9, 0.999, 1e-8)

    private var mean: [Float]  // (parameters)
    private var square: [Float]  // (parameters)
    private var stepCount = 0

    /// An optimizer that has made no step.
    package init(parameterCount: Int) {
        mean = [Float](repeating: 0, count: parameterCount)
        square = mean
    }

    /// Moves the parameters one step against the gradient; both are (parameters).
    package mutating func step(rate: Double, gradient: [Float], parameters: inout [Float]) {
        stepCount += 1
        let meanCorrection = 1 - Double.pow(Self.meanDecay, stepCount)
        let squareCorrection = 1 - Double.pow(Self.squareDecay, stepCount)
        let step = AdamStep(
            meanDecay: Float(Self.meanDecay), squareDecay: Float(Self.squareDecay), rate: Float(rate / meanCorrection),
            squareFactor: Float(1 / squareCorrection), epsilon: Float(Self.epsilon))
        step.move(&parameters, gradient: gradient, mean: &mean, square: &square)
    }
}

/// Scales a gradient down to a norm of at most `limit`, as PyTorch's `clip_grad_norm_` does; gives the norm it had.
package func clipNorm(of gradient: inout [Float], to limit: Double) -> Double {
    let norm = sumOfSquares(gradient.span).squareRoot()
    let factor = Float(limit / (norm + 1e-6))
    if factor < 1 {
        var gradient = gradient.mutableSpan
        replaceEach(&gradient) { $0 * factor }
    }
    return norm
}
