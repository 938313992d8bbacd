import LinearAlgebra
import RealModule

/// The negative log-likelihood of the observed cells of a batch under the decoder's outputs, with the memory for it.
///
/// Gaussian outputs, by far the most, go through vector by vector; for them a Bernoulli output has the precision 0, and
/// its own loss comes afterwards.
struct ReconstructionLoss: Sendable {
    /// A learned log-variance stays in this range: e⁻⁶ is a deviation of 5 % of the channel's own, e² one of 2.7 times.
    static let logVarianceRange: ClosedRange<Float> = -6...2

    /// ½ log 2π, the part of a Gaussian cell's negative log-likelihood that depends on nothing.
    private static let gaussianConstant: Float = 0.918_938_533_2

    private let isNoiseLearned: Bool
    private let bernoulliColumns: [Int]
    private var precision: [Float]  // (D), 1 / variance, 0 for a Bernoulli output
    private var constant: [Float]  // (D), what an observed Gaussian cell costs without any error
    private var error: [Float]  // (rows, D)

    init(shape: NetworkShape, rowLimit: Int) {
        isNoiseLearned = shape.outputNoise == .learned
        bernoulliColumns = shape.bernoulliColumns
        precision = [Float](repeating: 0, count: shape.inputCount)
        constant = precision
        error = [Float](repeating: 0, count: rowLimit * shape.inputCount)
    }

    /// The negative log-likelihood summed over the batch's observed cells, in nats; `output` is (rows, D), `logVariance`
    /// (D).
    mutating func forward(output: [Float], batch: borrowing WindowBatch, logVariance: Span<Float>) -> Double {
        let d = batch.columnCount
        for column in 0..<d {
            precision[column] = Float.exp(-logVariance[column])
            constant[column] = 0.5 * logVariance[column] + Self.gaussianConstant
        }
        for column in bernoulliColumns { (precision[column], constant[column]) = (0, 0) }
        batch.errors(of: output, into: &error)
        let (errors, observed) = (error.span, batch.observed.span)
        var sum = 0.0
        for row in 0..<batch.rowCount {
            let cells = row * d..<(row + 1) * d
            let squares = sumEach(errors.extracting(cells), with: precision.span) { $0 * $0 * $1 }
            var rowSum = 0.5 * squares + sumEach(observed.extracting(cells), with: constant.span) { $0 * $1 }
            for column in bernoulliColumns where observed[row * d + column] != 0 {
                let (y, x) = (output[row * d + column], batch.target[row * d + column])
                // log(1 + eʸ) − x·y in the form that does not overflow.
                rowSum += max(y, 0) - x * y + Float.log(onePlus: Float.exp(-abs(y)))
            }
            sum += Double(rowSum)
        }
        return sum
    }

    /// The gradients of `scale` times the sum that ``forward(output:batch:logVariance:)`` gave last, with the same batch:
    /// `dOutput` (rows, D) of the outputs, and, where the noise is learned, `dLogVariance` (D) of the log-variances.
    func backward(
        output: [Float], batch: borrowing WindowBatch, scale: Float, dOutput: inout [Float],
        dLogVariance: inout MutableSpan<Float>
    ) {
        let d = batch.columnCount
        let (errors, precision) = (error.span, precision.span)
        var dOutputs = dOutput.mutableSpan
        replaceEach(&dLogVariance) { _ in SIMD8() }
        for row in 0..<batch.rowCount {
            let cells = row * d..<(row + 1) * d
            let rowErrors = errors.extracting(cells)
            var dRow = dOutputs._mutatingExtracting(cells)
            replaceEach(&dRow, with: rowErrors, precision) { _, error, precision in scale * error * precision }
            for column in bernoulliColumns {
                let (y, x) = (output[row * d + column], batch.target[row * d + column])
                dRow[column] = scale * (Self.logistic(y) - x) * batch.observed[row * d + column]
            }
            guard isNoiseLearned else { continue }
            if batch.isComplete {
                replaceEach(&dLogVariance, with: rowErrors, precision) { sum, error, precision in
                    sum + scale * 0.5 * (1 - error * error * precision)
                }
            } else {
                replaceEach(&dLogVariance, with: batch.observed.span.extracting(cells)) { $0 + scale * 0.5 * $1 }
                replaceEach(&dLogVariance, with: rowErrors, precision) { sum, error, precision in
                    sum - scale * 0.5 * (error * error * precision)
                }
            }
        }
        for column in bernoulliColumns { dLogVariance[column] = 0 }
    }

    /// The probability that belongs to a logit.
    static func logistic(_ logit: Float) -> Float {
        1 / (1 + Float.exp(-logit))
    }
}
