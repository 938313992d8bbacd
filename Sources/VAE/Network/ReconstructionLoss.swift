import RealModule

/// The negative log-likelihood of the observed cells under the decoder's outputs.
enum ReconstructionLoss {
    /// A learned log-variance stays in this range: e⁻⁶ is a deviation of 5 % of the channel's own, e² one of 2.7 times.
    static let logVarianceRange: ClosedRange<Float> = -6...2

    /// ½ log 2π, the part of a Gaussian cell's negative log-likelihood that depends on nothing.
    private static let gaussianConstant: Float = 0.918_938_533_2

    /// The negative log-likelihood summed over observed cells, in nats; y, target and observed are (rows, D).
    ///
    /// A cell is observed where `observed` is not zero. `precision` becomes 1 / variance of each output (D).
    static func forward(
        output: [Float], target: [Float], observed: [Float], rows: Int, kinds: [OutputKind], logVariance: Span<Float>,
        precision: inout [Float]
    ) -> Double {
        let d = kinds.count
        for column in 0..<d { precision[column] = Float.exp(-logVariance[column]) }
        var sum = 0.0
        for row in 0..<rows {
            var rowSum: Float = 0
            for column in 0..<d {
                let index = row * d + column
                guard observed[index] != 0 else { continue }
                let (y, x) = (output[index], target[index])
                switch kinds[column] {
                case .gaussian:
                    let error = y - x
                    rowSum += 0.5 * (error * error * precision[column] + logVariance[column]) + gaussianConstant
                case .bernoulli:
                    // log(1 + eʸ) − x·y in the form that does not overflow.
                    rowSum += max(y, 0) - x * y + Float.log(onePlus: Float.exp(-abs(y)))
                }
            }
            sum += Double(rowSum)
        }
        return sum
    }

    /// The gradients of `scale` times the sum: `dOutput` (rows, D) of the outputs, and, where the noise is learned,
    /// `dLogVariance` (D) of the log-variances.
    static func backward(
        output: [Float], target: [Float], observed: [Float], rows: Int, kinds: [OutputKind], precision: [Float],
        scale: Float, isNoiseLearned: Bool, dOutput: inout [Float], dLogVariance: inout MutableSpan<Float>
    ) {
        let d = kinds.count
        for column in 0..<d { dLogVariance[column] = 0 }
        for row in 0..<rows {
            for column in 0..<d {
                let index = row * d + column
                guard observed[index] != 0 else {
                    dOutput[index] = 0
                    continue
                }
                let (y, x) = (output[index], target[index])
                switch kinds[column] {
                case .gaussian:
                    let error = y - x
                    dOutput[index] = scale * error * precision[column]
                    if isNoiseLearned { dLogVariance[column] += scale * 0.5 * (1 - error * error * precision[column]) }
                case .bernoulli:
                    dOutput[index] = scale * (logistic(y) - x)
                }
            }
        }
    }

    /// The probability that belongs to a logit.
    static func logistic(_ logit: Float) -> Float {
        1 / (1 + Float.exp(-logit))
    }
}
