import LinearAlgebra
import RealModule

/// The negative evidence lower bound of a batch of windows with the log loss of what comes after them, and its gradient: one batch's
/// way through the network and back, with the memory for it.
///
/// The loss is (negative log-likelihood of the observed cells + β · divergence + negative log-likelihood of the observed targets)
/// / (rows · D). With β = 0 nothing is drawn, z is μ, and the network is a plain autoencoder.
package struct EvidenceLowerBound: Sendable {
    /// The parts of the loss, summed over the rows, in nats.
    package struct Parts: Sendable, Equatable {
        /// The negative log-likelihood of the observed cells.
        package var reconstruction: Double
        /// The divergence of the latent variables from the prior, KL(q(z|x) ‖ N(0, 1)), without β.
        package var divergence: Double
        /// The negative log-likelihood of the observed targets.
        package var foresight: Double
    }

    /// The encoder's log-variance is brought into this range, so that neither σ nor its inverse runs away.
    static let logVarianceRange: ClosedRange<Float> = -12...3
    /// ½ log 2π, the part of a Gaussian's negative log-likelihood that depends on nothing.
    private static let gaussianConstant: Float = 0.918_938_533_2

    /// The batch.
    package var batch: SeriesBatch
    /// The draws from the standard normal distribution that make z (rows, k); the caller fills them in.
    package var epsilon: [Float]

    private let shape: NetworkShape
    private let linear: LinearPath
    private let layout: ParameterLayout

    private var centered: [Float]  // (rows, D), what the encoder sees less the center
    private var coordinates: [Float]  // (rows, k), and then the latents of the linear path
    private var encoderHidden: [Float]  // (rows, h)
    private var correction: [Float]  // (rows, 2k)
    private var mean: [Float]  // (rows, k)
    private var deviation: [Float]  // (rows, k)
    private var latent: [Float]  // (rows, k)
    private var decoderHidden: [Float]  // (rows, h)
    private var output: [Float]  // (rows, D + H·d)
    private var scaledLatent: [Float]  // (rows, k), latents times the decoder's gains
    private var newest: [Float]  // (rows, q)
    private(set) var foretold: [Float]  // (rows, H·d)
    private var precision: [Float]  // (D + H·d)
    private var constant: [Float]  // (D + H·d), what an observed value costs without any error
    private(set) var rebuilt: [Float]  // (rows, D)

    private var dOutput: [Float]  // (rows, D + H·d)
    private var dRebuilt: [Float]  // (rows, D)
    private var dForetold: [Float]  // (rows, H·d)
    private var dHidden: [Float]  // (rows, h)
    private var dLatent: [Float]  // (rows, k)
    private var dScaled: [Float]  // (rows, k)
    private var dCorrection: [Float]  // (rows, 2k)

    /// Memory for batches of up to `rowLimit` windows of a network.
    package init(of network: VariationalAutoencoder, rowLimit: Int) {
        func zeros(_ columns: Int) -> [Float] { [Float](repeating: 0, count: rowLimit * columns) }
        shape = network.shape
        linear = network.linear
        layout = ParameterLayout(shape)
        let (width, h, k, targets) = (shape.inputCount, shape.hiddenCount, shape.latentCount, shape.foretoldCount)
        batch = SeriesBatch(shape: shape, rowLimit: rowLimit)
        (epsilon, coordinates, mean, deviation, latent) = (zeros(k), zeros(k), zeros(k), zeros(k), zeros(k))
        (scaledLatent, dLatent, dScaled) = (zeros(k), zeros(k), zeros(k))
        (correction, dCorrection) = (zeros(2 * k), zeros(2 * k))
        (encoderHidden, decoderHidden, dHidden) = (zeros(h), zeros(h), zeros(h))
        (centered, rebuilt, dRebuilt) = (zeros(width), zeros(width), zeros(width))
        (output, dOutput) = (zeros(width + targets), zeros(width + targets))
        (foretold, dForetold) = (zeros(targets), zeros(targets))
        newest = zeros(shape.newestCount)
        precision = [Float](repeating: 0, count: width + targets)
        constant = precision
    }

    /// Draws ``epsilon`` anew for all rows of the batch.
    mutating func drawEpsilon(_ table: borrowing NoiseTable, from source: inout RandomSource) {
        let count = batch.rowCount * shape.latentCount
        let noise = table.values.span.extracting(table.place(of: count, from: &source))
        var all = epsilon.mutableSpan
        var draws = all._mutatingExtracting(0..<count)
        replaceEach(&draws, with: noise) { _, draw in draw }
    }

    // MARK: Forward

    /// The parts of the batch's loss under these parameters.
    package mutating func forward(parameters: [Float], beta: Float) -> Parts {
        encode(parameters: parameters)
        let divergence = beta > 0 ? draw() : 0
        decode(beta > 0 ? latent : mean, parameters: parameters)
        readNoise(parameters)
        return Parts(
            reconstruction: likelihood(rebuilt, batch.windows, batch.observed, columns: shape.inputCount, noiseFrom: 0),
            divergence: divergence,
            foresight: likelihood(
                foretold, batch.targets, batch.targetObserved, columns: shape.foretoldCount,
                noiseFrom: shape.inputCount))
    }

    /// The batch's loss under these parameters: its parts, weighted, per row and cell, in nats.
    package mutating func loss(parameters: [Float], beta: Float) -> Double {
        let parts = forward(parameters: parameters, beta: beta)
        return (parts.reconstruction + Double(beta) * parts.divergence + parts.foresight)
            / Double(batch.rowCount * shape.inputCount)
    }

    private mutating func encode(parameters: [Float]) {
        let (rows, width, k) = (batch.rowCount, shape.inputCount, shape.latentCount)
        let (input, center, directions) = (batch.input, linear.center, linear.directions)
        var allCentered = centered.mutableSpan
        for row in 0..<rows {
            let cells = row * width..<(row + 1) * width
            var target = allCentered._mutatingExtracting(cells)
            replaceEach(&target, with: input.span.extracting(cells), center.span) { _, x, m in x - m }
        }
        multiply(
            firstRowsOf: centered, by: directions.span, .transposed, rows: rows, inner: width, columns: k,
            into: &coordinates)
        Self.multiplyColumns(of: &coordinates, rows: rows, by: linear.encoderGains)
        layout.encoder.forward(coordinates, rows: rows, parameters: parameters, into: &encoderHidden)
        layout.correction.forward(encoderHidden, rows: rows, parameters: parameters, into: &correction)
        Self.correct(
            coordinates, by: correction, rows: rows, logVariances: parameters.span.extracting(layout.logVariance),
            into: &mean, &deviation)
    }

    /// The latents' means, and the logarithms of their deviations, from the linear path's latents (rows, k), its log-variances (k) and
    /// what the residual path adds (rows, 2k).
    private static func correct(
        _ coordinates: [Float], by correction: [Float], rows: Int, logVariances: Span<Float>, into mean: inout [Float],
        _ deviation: inout [Float]
    ) {
        let k = logVariances.count
        var allMeans = mean.mutableSpan
        var allDeviations = deviation.mutableSpan
        for row in 0..<rows {
            let (latents, first) = (row * k..<(row + 1) * k, 2 * row * k)
            var mean = allMeans._mutatingExtracting(latents)
            replaceEach(
                &mean, with: coordinates.span.extracting(latents), correction.span.extracting(first..<first + k)
            ) { _, latent, correction in latent + correction }
            var deviation = allDeviations._mutatingExtracting(latents)
            replaceEach(&deviation, with: logVariances, correction.span.extracting(first + k..<first + 2 * k)) {
                0.5 * clamped($1 + $2)
            }
        }
    }

    private static func clamped(_ values: SIMD8<Float>) -> SIMD8<Float> {
        let least = SIMD8(repeating: logVarianceRange.lowerBound)
        let most = SIMD8(repeating: logVarianceRange.upperBound)
        // Comparisons, so that NaN stays NaN and shows in the loss.
        let below = values.replacing(with: most, where: values .> most)
        return below.replacing(with: least, where: below .< least)
    }

    /// Multiplies each of the first rows by the same numbers, column by column.
    private static func multiplyColumns(of x: inout [Float], rows: Int, by factors: [Float]) {
        var all = x.mutableSpan
        var cells = all._mutatingExtracting(0..<rows * factors.count)
        LinearAlgebra.multiplyColumns(of: &cells, by: factors.span)
    }

    /// Draws z = μ + σ · ε and gives the divergence, summed over the rows: Σ ½ (μ² + σ² − 1) − log σ.
    private mutating func draw() -> Double {
        let count = batch.rowCount * shape.latentCount
        let logarithms = sumInDouble(deviation.span.extracting(0..<count))
        Self.draw(mean, epsilon, count: count, deviation: &deviation, into: &latent)
        let squares =
            sumOfSquares(mean.span.extracting(0..<count)) + sumOfSquares(deviation.span.extracting(0..<count))
        return 0.5 * (squares - Double(count)) - logarithms
    }

    /// Draws z from the logarithms of the deviations, which it replaces by the deviations.
    private static func draw(
        _ mean: [Float], _ epsilon: [Float], count: Int, deviation: inout [Float], into latent: inout [Float]
    ) {
        var allDeviations = deviation.mutableSpan
        var sigma = allDeviations._mutatingExtracting(0..<count)
        replaceByExp(&sigma)
        var allLatents = latent.mutableSpan
        var z = allLatents._mutatingExtracting(0..<count)
        replaceEach(&z, with: mean.span.extracting(0..<count)) { _, mu in mu }
        replaceEach(&z, with: sigma.span, epsilon.span.extracting(0..<count)) { mu, sigma, epsilon in
            mu + sigma * epsilon
        }
    }

    private mutating func decode(_ latents: [Float], parameters: [Float]) {
        let (rows, width, k) = (batch.rowCount, shape.inputCount, shape.latentCount)
        let (targets, q) = (shape.foretoldCount, shape.newestCount)
        layout.decoder.forward(latents, rows: rows, parameters: parameters, into: &decoderHidden)
        layout.output.forward(decoderHidden, rows: rows, parameters: parameters, into: &output)
        Self.copy(latents, columns: 0..<k, of: k, rows: rows, into: &scaledLatent)
        Self.multiplyColumns(of: &scaledLatent, rows: rows, by: linear.decoderGains)
        Self.copy(batch.input, columns: width - q..<width, of: width, rows: rows, into: &newest)
        Self.addCenter(linear.center, to: output, rows: rows, columns: width + targets, into: &rebuilt)
        let directions = linear.directions
        multiply(
            firstRowsOf: scaledLatent, by: directions.span, rows: rows, inner: k, columns: width,
            accumulating: true, into: &rebuilt)
        Self.copy(output, columns: width..<width + targets, of: width + targets, rows: rows, into: &foretold)
        Self.addBias(parameters.span.extracting(layout.foresightConstant), to: &foretold, rows: rows)
        multiply(
            firstRowsOf: latents, by: parameters.span.extracting(layout.latentForesight), rows: rows, inner: k,
            columns: targets, accumulating: true, into: &foretold)
        multiply(
            firstRowsOf: newest, by: parameters.span.extracting(layout.newestForesight), rows: rows, inner: q,
            columns: targets, accumulating: true, into: &foretold)
    }

    /// Writes some columns of a matrix with so many columns.
    private static func copy(
        _ source: [Float], columns: Range<Int>, of columnCount: Int, rows: Int, into target: inout [Float]
    ) {
        var all = target.mutableSpan
        for row in 0..<rows {
            var cells = all._mutatingExtracting(row * columns.count..<(row + 1) * columns.count)
            let first = row * columnCount + columns.lowerBound
            replaceEach(&cells, with: source.span.extracting(first..<first + columns.count)) { _, value in value }
        }
    }

    /// Adds the same numbers to each of the first rows.
    private static func addBias(_ bias: Span<Float>, to x: inout [Float], rows: Int) {
        var all = x.mutableSpan
        var cells = all._mutatingExtracting(0..<rows * bias.count)
        LinearAlgebra.addBias(bias, toEachRowOf: &cells)
    }

    /// Writes the first outputs of each row plus the center; `output` is (rows, columns), `sums` (rows, D).
    private static func addCenter(
        _ center: [Float], to output: [Float], rows: Int, columns: Int, into sums: inout [Float]
    ) {
        let width = center.count
        var all = sums.mutableSpan
        for row in 0..<rows {
            var target = all._mutatingExtracting(row * width..<(row + 1) * width)
            let start = row * columns
            replaceEach(&target, with: output.span.extracting(start..<start + width), center.span) { _, u, m in u + m }
        }
    }

    private mutating func readNoise(_ parameters: [Float]) {
        let leastNoise = 2 * Float.log(VariationalAutoencoder.leastNoise)
        let leastForesight = 2 * Float.log(VariationalAutoencoder.leastForesightNoise)
        for index in precision.indices {
            let isCell = index < shape.inputCount
            let logVariance = max(
                parameters[layout.noise.lowerBound + index], isCell ? leastNoise : leastForesight)
            precision[index] = Float.exp(-logVariance)
            constant[index] = 0.5 * logVariance + Self.gaussianConstant
        }
    }

    /// The negative log-likelihood of observed values under their means, whose noise begins at a place of ``precision``.
    private func likelihood(
        _ means: [Float], _ values: [Float], _ observed: [Float], columns: Int, noiseFrom first: Int
    ) -> Double {
        let (precisions, constants) = (
            precision.span.extracting(first..<first + columns), constant.span.extracting(first..<first + columns)
        )
        let constantSum = sumEach(constants, with: constants) { value, _ in value }
        var sum = 0.0
        for row in 0..<batch.rowCount {
            let cells = row * columns..<(row + 1) * columns
            let (mean, value) = (means.span.extracting(cells), values.span.extracting(cells))
            guard !batch.isComplete else {
                let squares = sumEach(mean, with: value, precisions) { ($0 - $1) * ($0 - $1) * $2 }
                sum += Double(0.5 * squares + constantSum)
                continue
            }
            let marks = observed.span.extracting(cells)
            var squares: Float = 0
            for cell in 0..<columns where marks[cell] != 0 {
                let error = mean[cell] - value[cell]
                squares += error * error * precisions[cell]
            }
            sum += Double(0.5 * squares + sumEach(marks, with: constants) { $0 * $1 })
        }
        return sum
    }

    // MARK: Backward

    /// The gradient (parameters) of the loss that ``loss(parameters:beta:)`` was last called for, with the same
    /// arguments.
    package mutating func backward(parameters: [Float], beta: Float, gradient: inout [Float]) {
        let rows = batch.rowCount
        let scale = 1 / Float(rows * shape.inputCount)
        let width = shape.inputCount
        Self.errorGradients(
            rebuilt, batch.windows, observed: batch.isComplete ? nil : batch.observed, rows: rows,
            precision: precision[..<width], scale: scale, into: &dRebuilt, noise: layout.noise,
            leastNoise: VariationalAutoencoder.leastNoise, parameters, &gradient)
        Self.errorGradients(
            foretold, batch.targets, observed: batch.isComplete ? nil : batch.targetObserved, rows: rows,
            precision: precision[width...], scale: scale, into: &dForetold,
            noise: layout.foresightNoise, leastNoise: VariationalAutoencoder.leastForesightNoise, parameters,
            &gradient)
        backwardThroughForesight(beta > 0 ? latent : mean, gradient: &gradient)
        joinOutputGradients()

        layout.output.backward(&dOutput, x: decoderHidden, y: output, rows: rows, gradient: &gradient)
        layout.output.backward(dOutput, rows: rows, parameters: parameters, into: &dHidden)
        layout.decoder.backward(
            &dHidden, x: beta > 0 ? latent : mean, y: decoderHidden, rows: rows, gradient: &gradient)
        backwardToLatents(parameters: parameters)
        backwardThroughDraw(beta: beta, scale: scale, parameters: parameters, gradient: &gradient)

        layout.correction.backward(&dCorrection, x: encoderHidden, y: correction, rows: rows, gradient: &gradient)
        layout.correction.backward(dCorrection, rows: rows, parameters: parameters, into: &dHidden)
        layout.encoder.backward(&dHidden, x: coordinates, y: encoderHidden, rows: rows, gradient: &gradient)
    }

    /// The gradients of means (rows, columns) and of the logarithms of their noise from the log-likelihood of observed values; without
    /// `observed` all are.
    private static func errorGradients(
        _ means: [Float], _ values: [Float], observed: [Float]?, rows: Int,
        precision: ArraySlice<Float>, scale: Float,
        into dMeans: inout [Float], noise: Range<Int>, leastNoise: Float, _ parameters: [Float],
        _ gradient: inout [Float]
    ) {
        let columns = precision.count
        let precision = precision.span
        var allMeans = dMeans.mutableSpan
        var allGradients = gradient.mutableSpan
        var dNoise = allGradients._mutatingExtracting(noise)
        replaceEach(&dNoise) { _ in SIMD8() }
        let half = SIMD8<Float>(repeating: 0.5 * scale)
        for row in 0..<rows {
            let cells = row * columns..<(row + 1) * columns
            var dRow = allMeans._mutatingExtracting(cells)
            replaceEach(&dRow, with: means.span.extracting(cells), values.span.extracting(cells)) { _, y, x in y - x }
            if let observed {
                let marks = observed.span.extracting(cells)
                replaceEach(&dRow, with: marks) { error, mark in error.replacing(with: 0, where: mark .== 0) }
                replaceEach(&dNoise, with: marks) { $0 + half * $1 }
            } else {
                replaceEach(&dNoise) { $0 + half }
            }
            replaceEach(&dNoise, with: dRow.span, precision) { sum, error, precision in
                sum - half * error * error * precision
            }
            replaceEach(&dRow, with: precision) { error, precision in scale * error * precision }
        }
        // Below the least noise the loss does not depend on it.
        let least = 2 * Float.log(leastNoise)
        for index in 0..<columns where parameters[noise.lowerBound + index] < least { dNoise[index] = 0 }
    }

    private func backwardThroughForesight(_ latents: [Float], gradient: inout [Float]) {
        let (rows, k, q, targets) = (batch.rowCount, shape.latentCount, shape.newestCount, shape.foretoldCount)
        var gradients = gradient.mutableSpan
        let dForetold = dForetold.span.extracting(0..<rows * targets)
        var dLatentForesight = gradients._mutatingExtracting(layout.latentForesight)  // dP = zᵀ · dy
        multiply(
            latents.span.extracting(0..<rows * k), .transposed, by: dForetold, rows: k, inner: rows, columns: targets,
            into: &dLatentForesight)
        var dNewestForesight = gradients._mutatingExtracting(layout.newestForesight)  // dS = newestᵀ · dy
        multiply(
            newest.span.extracting(0..<rows * q), .transposed, by: dForetold, rows: q, inner: rows, columns: targets,
            into: &dNewestForesight)
        var dConstant = gradients._mutatingExtracting(layout.foresightConstant)
        sumRows(dForetold, into: &dConstant)
    }

    /// Puts the gradients of what was rebuilt and of what was foretold side by side, as the output layer has them.
    private mutating func joinOutputGradients() {
        let (width, targets) = (shape.inputCount, shape.foretoldCount)
        let (rows, dRebuilt, dForetold) = (batch.rowCount, dRebuilt, dForetold)
        var all = dOutput.mutableSpan
        for row in 0..<rows {
            let start = row * (width + targets)
            var cells = all._mutatingExtracting(start..<start + width)
            replaceEach(&cells, with: dRebuilt.span.extracting(row * width..<(row + 1) * width)) { _, value in value }
            for index in 0..<targets { all[start + width + index] = dForetold[row * targets + index] }
        }
    }

    /// dz = (dx̂ · Vᵀ) · gains + dy · Pᵀ + dh · Bᵀ.
    private mutating func backwardToLatents(parameters: [Float]) {
        let (rows, width, k, targets) = (
            batch.rowCount, shape.inputCount, shape.latentCount, shape.foretoldCount
        )
        layout.decoder.backward(dHidden, rows: rows, parameters: parameters, into: &dLatent)
        multiply(
            firstRowsOf: dForetold, by: parameters.span.extracting(layout.latentForesight), .transposed, rows: rows,
            inner: targets, columns: k, accumulating: true, into: &dLatent)
        let directions = linear.directions
        multiply(
            firstRowsOf: dRebuilt, by: directions.span, .transposed, rows: rows, inner: width, columns: k,
            into: &dScaled)
        Self.add(dScaled, times: linear.decoderGains, rows: rows, to: &dLatent)
    }

    /// Adds to each row that of another matrix, multiplied by the same numbers column by column.
    private static func add(_ source: [Float], times factors: [Float], rows: Int, to x: inout [Float]) {
        let columns = factors.count
        var all = x.mutableSpan
        for row in 0..<rows {
            let cells = row * columns..<(row + 1) * columns
            var target = all._mutatingExtracting(cells)
            replaceEach(&target, with: source.span.extracting(cells), factors.span) { $0 + $2 * $1 }
        }
    }

    private mutating func backwardThroughDraw(
        beta: Float, scale: Float, parameters: [Float], gradient: inout [Float]
    ) {
        let weight = beta * scale
        let rows = batch.rowCount
        var gradients = gradient.mutableSpan
        var dLogVariance = gradients._mutatingExtracting(layout.logVariance)
        replaceEach(&dLogVariance) { _ in SIMD8() }
        Self.correctionGradients(
            dLatent, of: mean, weight: weight, rows: rows, columns: shape.latentCount, &dCorrection)
        guard beta > 0 else { return }
        Self.logVarianceGradients(
            dLatent, epsilon: epsilon, deviation: deviation, correction: correction, weight: weight, rows: rows,
            logVariances: parameters.span.extracting(layout.logVariance), into: &dCorrection, &dLogVariance)
    }

    /// The gradient of μ, in the first half of each row of `dCorrection` (rows, 2k), and zeros in the second.
    private static func correctionGradients(
        _ dLatent: [Float], of mean: [Float], weight: Float, rows: Int, columns k: Int, _ dCorrection: inout [Float]
    ) {
        var all = dCorrection.mutableSpan
        for row in 0..<rows {
            let (latents, first) = (row * k..<(row + 1) * k, 2 * row * k)
            var dMean = all._mutatingExtracting(first..<first + k)
            replaceEach(&dMean, with: dLatent.span.extracting(latents), mean.span.extracting(latents)) { _, dz, mu in
                dz + weight * mu
            }
            var dLogVariance = all._mutatingExtracting(first + k..<first + 2 * k)
            replaceEach(&dLogVariance) { _ in SIMD8() }
        }
    }

    /// The gradient of log σ², in the second half of each row of `dCorrection` (rows, 2k), and its sum over the rows. It is 0 where
    /// the range of the log-variances was left.
    private static func logVarianceGradients(
        _ dLatent: [Float], epsilon: [Float], deviation: [Float], correction: [Float], weight: Float, rows: Int,
        logVariances: Span<Float>, into dCorrection: inout [Float], _ sum: inout MutableSpan<Float>
    ) {
        let k = logVariances.count
        let least = SIMD8(repeating: logVarianceRange.lowerBound)
        let most = SIMD8(repeating: logVarianceRange.upperBound)
        var all = dCorrection.mutableSpan
        for row in 0..<rows {
            let (latents, places) = (row * k..<(row + 1) * k, (2 * row + 1) * k..<(2 * row + 2) * k)
            var dRow = all._mutatingExtracting(places)
            replaceEach(&dRow, with: dLatent.span.extracting(latents), epsilon.span.extracting(latents)) { $1 * $2 }
            replaceEach(&dRow, with: deviation.span.extracting(latents)) { product, sigma in
                0.5 * (product * sigma + weight * (sigma * sigma - 1))
            }
            replaceEach(&dRow, with: logVariances, correction.span.extracting(places)) { derivative, constant, added in
                let logVariance = constant + added
                let isInside = (logVariance .>= least) .& (logVariance .<= most)
                return SIMD8().replacing(with: derivative, where: isInside)
            }
            replaceEach(&sum, with: dRow.span) { $0 + $1 }
        }
    }
}
