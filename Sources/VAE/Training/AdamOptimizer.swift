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
        moveByAdam(
            &parameters, gradient: gradient, mean: &mean, square: &square, meanDecay: Float(Self.meanDecay),
            squareDecay: Float(Self.squareDecay), rate: Float(rate / meanCorrection),
            squareFactor: Float(1 / squareCorrection), epsilon: Float(Self.epsilon))
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

/// The step itself.
private func moveByAdam(
    _ parameters: inout [Float], gradient: [Float], mean: inout [Float], square: inout [Float],
    meanDecay: Float, squareDecay: Float, rate: Float, squareFactor: Float, epsilon: Float
) {
    var allParameters = parameters.mutableSpan
    var allMeans = mean.mutableSpan
    var allSquares = square.mutableSpan
    // In pieces that stay in the nearest cache from one line to the next.
    for start in stride(from: 0, to: gradient.count, by: 1_024) {
        let piece = start..<min(start + 1_024, gradient.count)
        let gradient = gradient.span.extracting(piece)
        var parameters = allParameters._mutatingExtracting(piece)
        var mean = allMeans._mutatingExtracting(piece)
        var square = allSquares._mutatingExtracting(piece)
        replaceEach(&mean, with: gradient) { m, g in meanDecay * m + (1 - meanDecay) * g }
        replaceEach(&square, with: gradient) { v, g in squareDecay * v + (1 - squareDecay) * g * g }
        replaceEach(&parameters, with: mean.span, square.span) { p, m, v in
            p - rate * m / ((v * squareFactor).squareRoot() + epsilon)
        }
    }
}
