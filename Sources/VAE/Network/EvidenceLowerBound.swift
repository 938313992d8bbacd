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
    private var foretold: [Float]  // (rows, H·d)
    private var precision: [Float]  // (D + H·d)
    private var constant: [Float]  // (D + H·d), what an observed value costs without any error
    private var rebuilt: [Float]  // (rows, D)

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
        for index in 0..<count { epsilon[index] = noise[index] }
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
        let (input, center) = (batch.input, linear.center)
        var allCentered = centered.mutableSpan
        for row in 0..<rows {
            let cells = row * width..<(row + 1) * width
            var target = allCentered._mutatingExtracting(cells)
            replaceEach(&target, with: input.span.extracting(cells), center.span) { _, x, m in x - m }
        }
        Self.product(
            of: centered, by: linear.directions, .transposed, rows: rows, inner: width, columns: k,
            into: &coordinates)
        for row in 0..<rows {
            for index in 0..<k { coordinates[row * k + index] *= linear.encoderGains[index] }
        }
        layout.encoder.forward(coordinates, rows: rows, parameters: parameters, into: &encoderHidden)
        layout.correction.forward(encoderHidden, rows: rows, parameters: parameters, into: &correction)
        for row in 0..<rows {
            for index in 0..<k {
                mean[row * k + index] = coordinates[row * k + index] + correction[row * 2 * k + index]
                let logVariance =
                    parameters[layout.logVariance.lowerBound + index] + correction[row * 2 * k + k + index]
                deviation[row * k + index] = 0.5 * Self.clamped(logVariance)
            }
        }
    }

    private static func clamped(_ value: Float) -> Float {
        // Comparisons, so that NaN stays NaN and shows in the loss.
        value < logVarianceRange.lowerBound
            ? logVarianceRange.lowerBound : value > logVarianceRange.upperBound ? logVarianceRange.upperBound : value
    }

    /// Draws z = μ + σ · ε and gives the divergence, summed over the rows.
    private mutating func draw() -> Double {
        let count = batch.rowCount * shape.latentCount
        var divergence = 0.0
        for index in 0..<count {
            let mu = mean[index]
            divergence += Double(0.5 * (mu * mu - 1) - deviation[index])
        }
        var all = deviation.mutableSpan
        var deviations = all._mutatingExtracting(0..<count)
        replaceByExp(&deviations)
        for index in 0..<count {
            let sigma = deviation[index]
            latent[index] = mean[index] + sigma * epsilon[index]
            divergence += Double(0.5 * sigma * sigma)
        }
        return divergence
    }

    private mutating func decode(_ latents: [Float], parameters: [Float]) {
        let (rows, width, k) = (batch.rowCount, shape.inputCount, shape.latentCount)
        let (targets, q) = (shape.foretoldCount, shape.newestCount)
        layout.decoder.forward(latents, rows: rows, parameters: parameters, into: &decoderHidden)
        layout.output.forward(decoderHidden, rows: rows, parameters: parameters, into: &output)
        for row in 0..<rows {
            for index in 0..<k {
                scaledLatent[row * k + index] = linear.decoderGains[index] * latents[row * k + index]
            }
            for cell in 0..<q { newest[row * q + cell] = batch.input[(row + 1) * width - q + cell] }
        }
        Self.addCenter(linear.center, to: output, rows: rows, columns: width + targets, into: &rebuilt)
        Self.product(
            of: scaledLatent, by: linear.directions, rows: rows, inner: k, columns: width, accumulating: true,
            into: &rebuilt)
        for row in 0..<rows {
            for index in 0..<targets {
                foretold[row * targets + index] =
                    output[row * (width + targets) + width + index]
                    + parameters[layout.foresightConstant.lowerBound + index]
            }
        }
        Self.product(
            of: latents, by: parameters, in: layout.latentForesight, rows: rows, inner: k,
            columns: targets, accumulating: true, into: &foretold)
        Self.product(
            of: newest, by: parameters, in: layout.newestForesight, rows: rows, inner: q, columns: targets,
            accumulating: true, into: &foretold)
    }

    /// y = a · op(b), added to what y holds if `accumulating`; a is (rows, inner), op(b) is (inner, columns) in a place of an array.
    private static func product(
        of a: [Float], by b: [Float], in place: Range<Int>? = nil, _ transposition: Transposition = .none, rows: Int,
        inner: Int, columns: Int, accumulating: Bool = false, into y: inout [Float]
    ) {
        var all = y.mutableSpan
        var target = all._mutatingExtracting(0..<rows * columns)
        multiply(
            a.span.extracting(0..<rows * inner), by: b.span.extracting(place ?? 0..<b.count), transposition, rows: rows,
            inner: inner, columns: columns, accumulating: accumulating, into: &target)
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
        var sum = 0.0
        for row in 0..<batch.rowCount {
            let cells = row * columns..<(row + 1) * columns
            let (mean, value) = (means.span.extracting(cells), values.span.extracting(cells))
            let marks = observed.span.extracting(cells)
            var squares: Float = 0
            if batch.isComplete {
                squares = sumEach(mean, with: value, precisions) { ($0 - $1) * ($0 - $1) * $2 }
            } else {
                for cell in 0..<columns where marks[cell] != 0 {
                    let error = mean[cell] - value[cell]
                    squares += error * error * precisions[cell]
                }
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
        Self.product(
            of: dForetold, by: parameters, in: layout.latentForesight, .transposed, rows: rows,
            inner: targets, columns: k, accumulating: true, into: &dLatent)
        Self.product(
            of: dRebuilt, by: linear.directions, .transposed, rows: rows, inner: width, columns: k, into: &dScaled)
        for row in 0..<rows {
            for index in 0..<k {
                dLatent[row * k + index] += linear.decoderGains[index] * dScaled[row * k + index]
            }
        }
    }

    private mutating func backwardThroughDraw(
        beta: Float, scale: Float, parameters: [Float], gradient: inout [Float]
    ) {
        let (rows, k) = (batch.rowCount, shape.latentCount)
        let weight = beta * scale
        for index in layout.logVariance { gradient[index] = 0 }
        for row in 0..<rows {
            for index in 0..<k {
                let place = row * k + index
                let dz = dLatent[place]
                guard beta > 0 else {
                    dCorrection[row * 2 * k + index] = dz
                    dCorrection[row * 2 * k + k + index] = 0
                    continue
                }
                dCorrection[row * 2 * k + index] = dz + weight * mean[place]
                let logVariance =
                    parameters[layout.logVariance.lowerBound + index] + correction[row * 2 * k + k + index]
                let sigma = deviation[place]
                let dLogVariance =
                    Self.logVarianceRange.contains(logVariance)
                    ? 0.5 * (dz * epsilon[place] * sigma + weight * (sigma * sigma - 1)) : 0
                dCorrection[row * 2 * k + k + index] = dLogVariance
                gradient[layout.logVariance.lowerBound + index] += dLogVariance
            }
        }
    }
}
