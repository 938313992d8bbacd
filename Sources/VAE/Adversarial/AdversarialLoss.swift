package import LinearAlgebra

/// The losses of the two autoencoders for a batch of windows, and their gradient: one batch's way through the networks
/// and back, with the memory for it.
///
/// With n ≥ 1, squares summed over the observed cells, and everything divided by rows · D:
///
///     loss of AE1 = 1/n · ‖w − AE1(w)‖² + (1 − 1/n) · ‖w − AE2(AE1(w))‖²
///     loss of AE2 = 1/n · ‖w − AE2(w)‖² + (1 − 1/n) · max(0, m − ‖w − AE2(AE1(w))‖²)
///
/// The paper has −‖w − AE2(AE1(w))‖² where the second loss has the margin. With the paper's outputs in 0…1 that is at
/// least −1 per cell; with ours in ±8 it is as low as −256, against errors of real windows well under 1, and an output
/// that it drives into the clip has no gradient to come back by. (Seen with n up to 5: 45 per cell.) The margin is that
/// of energy-based GANs (Zhao, Mathieu and LeCun 2016, equation 2), whose discriminator is an autoencoder as AE2 is: up to
/// it the gradient is the paper's, beyond it there is none, and the loss is never negative. m is one per observed cell,
/// the error of an output that knows nothing but the mean of standardized windows: AE2 has to rebuild what AE1 made
/// as badly as that, and not worse.
package struct AdversarialLoss: Sendable {
    /// Errors of a batch, each the sum of squares over the observed cells, summed over the rows.
    package struct Parts: Sendable, Equatable {
        /// ‖w − AE1(w)‖².
        package var first = 0.0
        /// ‖w − AE2(w)‖².
        package var second = 0.0
        /// ‖w − AE2(AE1(w))‖².
        package var secondPass = 0.0
        /// How far ‖w − AE2(AE1(w))‖² is below the margin, where it is.
        package var shortfall = 0.0
    }

    /// m, per observed cell.
    static let marginPerCell: Float = 1

    /// The batch.
    var batch: WindowBatch
    /// The number of rows of the batch that is in it.
    package var rowCount: Int { batch.rowCount }

    private let layout: AdversarialLayout

    private var encoderHidden: [Float]  // (rows, H), of w
    private var latent: [Float]  // (rows, L)
    private var firstHidden: [Float]  // (rows, H)
    private var firstOutput: [Float]  // (rows, D), AE1(w)
    private var secondHidden: [Float]  // (rows, H)
    private var secondOutput: [Float]  // (rows, D), AE2(w)
    private var passEncoderHidden: [Float]  // (rows, H), of AE1(w)
    private var passLatent: [Float]  // (rows, L)
    private var passHidden: [Float]  // (rows, H)
    private var passOutput: [Float]  // (rows, D), AE2(AE1(w))
    private var firstError: [Float]  // (rows, D)
    private var secondError: [Float]  // (rows, D)
    private var passError: [Float]  // (rows, D)
    /// What AE2's loss makes of the slope of ‖w − AE2(AE1(w))‖²: −1 below the margin and 0 beyond (rows).
    private var secondSign: [Float]
    /// The same for the sum of both losses: 0 below the margin and 1 beyond (rows).
    private var sumSign: [Float]

    private var dOutput: [Float]  // (rows, D)
    private var dPassed: [Float]  // (rows, D), by way of the second pass
    private var dHidden: [Float]  // (rows, H)
    private var dPassedHidden: [Float]  // (rows, H)
    private var dLatent: [Float]  // (rows, L)
    private var dPassedLatent: [Float]  // (rows, L)

    /// Memory for batches of up to `rowLimit` windows.
    package init(shape: AdversarialAutoencoder.Shape, rowLimit: Int) {
        func zeros(_ columns: Int) -> [Float] { [Float](repeating: 0, count: rowLimit * columns) }
        let (d, h, l) = (shape.inputCount, shape.hiddenCount, shape.latentCount)
        layout = AdversarialLayout(shape)
        batch = WindowBatch(columnCount: d, rowLimit: rowLimit)
        (encoderHidden, firstHidden, secondHidden) = (zeros(h), zeros(h), zeros(h))
        (passEncoderHidden, passHidden, dHidden, dPassedHidden) = (zeros(h), zeros(h), zeros(h), zeros(h))
        (latent, passLatent, dLatent, dPassedLatent) = (zeros(l), zeros(l), zeros(l), zeros(l))
        (firstOutput, secondOutput, passOutput) = (zeros(d), zeros(d), zeros(d))
        (firstError, secondError, passError) = (zeros(d), zeros(d), zeros(d))
        (dOutput, dPassed) = (zeros(d), zeros(d))
        (secondSign, sumSign) = (zeros(1), zeros(1))
    }

    /// Empties the batch.
    package mutating func removeRows() { batch.removeRows() }

    /// Adds one row of the windows (windows × D) to the batch; its missing cells, where the mask (same shape) is 0, may
    /// hold anything.
    package mutating func append(row: Int, of windows: Matrix, mask: Matrix?) {
        batch.append(row: row, of: windows, mask: mask)
    }

    /// The batch's errors under these parameters.
    package mutating func forward(parameters: [Float]) -> Parts {
        let rows = rowCount
        layout.encoder.forward(batch.input, rows: rows, parameters: parameters, into: &encoderHidden)
        layout.latent.forward(encoderHidden, rows: rows, parameters: parameters, into: &latent)
        layout.first.forward(
            latent, rows: rows, parameters: parameters, hidden: &firstHidden, output: &firstOutput)
        layout.second.forward(
            latent, rows: rows, parameters: parameters, hidden: &secondHidden, output: &secondOutput)
        layout.encoder.forward(firstOutput, rows: rows, parameters: parameters, into: &passEncoderHidden)
        layout.latent.forward(passEncoderHidden, rows: rows, parameters: parameters, into: &passLatent)
        layout.second.forward(
            passLatent, rows: rows, parameters: parameters, hidden: &passHidden, output: &passOutput)
        batch.errors(of: firstOutput, into: &firstError)
        batch.errors(of: secondOutput, into: &secondError)
        batch.errors(of: passOutput, into: &passError)
        return sumErrors()
    }

    private mutating func sumErrors() -> Parts {
        var parts = Parts()
        for row in 0..<rowCount {
            let margin = Self.marginPerCell * batch.observedCount(inRow: row)
            let passed = batch.squaredNorm(of: passError, row: row)
            parts.first += Double(batch.squaredNorm(of: firstError, row: row))
            parts.second += Double(batch.squaredNorm(of: secondError, row: row))
            parts.secondPass += Double(passed)
            parts.shortfall += Double(max(0, margin - passed))
            secondSign[row] = passed < margin ? -1 : 0
            sumSign[row] = passed < margin ? 0 : 1
        }
        return parts
    }

    /// The two losses that belong to parts, per row and cell.
    package func losses(of parts: Parts, n: Double) -> (first: Double, second: Double) {
        let scale = 1 / Double(rowCount * batch.columnCount)
        return (
            scale * (parts.first / n + (1 - 1 / n) * parts.secondPass),
            scale * (parts.second / n + (1 - 1 / n) * parts.shortfall)
        )
    }

    /// The gradient (parameters) of the losses, for the batch and the parameters that ``forward(parameters:)`` was last
    /// called for: for the first decoder that of AE1's loss, for the second that of AE2's, for the encoder that of their
    /// sum.
    ///
    /// The paper makes two optimizer steps for a batch, one for each loss, both of which move the encoder; to first order
    /// that is the sum. In it the two slopes of ‖w − AE2(AE1(w))‖² cancel below the margin, so the game is played by
    /// the decoders.
    package mutating func backward(parameters: [Float], n: Double, gradient: inout [Float]) {
        let scale = 2 / Double(rowCount * batch.columnCount)
        let ownScale = Float(scale / n)
        backwardThroughSecond(parameters: parameters, scale: ownScale, gradient: &gradient)
        backwardThroughPass(parameters: parameters, scale: Float(scale * (1 - 1 / n)), gradient: &gradient)
        backwardThroughFirst(parameters: parameters, scale: ownScale, gradient: &gradient)

        let rows = rowCount
        layout.latent.addUp(dLatent, x: encoderHidden, rows: rows, accumulating: true, into: &gradient)
        layout.latent.backward(dLatent, rows: rows, parameters: parameters, into: &dHidden)
        layout.encoder.differentiateActivation(&dHidden, y: encoderHidden, rows: rows)
        layout.encoder.addUp(dHidden, x: batch.input, rows: rows, accumulating: true, into: &gradient)
    }

    /// ‖w − AE2(w)‖²: the second decoder's gradient, and the latent variables' in `dLatent`.
    private mutating func backwardThroughSecond(parameters: [Float], scale: Float, gradient: inout [Float]) {
        let (rows, decoder) = (rowCount, layout.second)
        slope(of: secondError, output: secondOutput, scale: scale, count: rows * batch.columnCount, into: &dOutput)
        decoder.output.addUp(dOutput, x: secondHidden, rows: rows, accumulating: false, into: &gradient)
        decoder.output.backward(dOutput, rows: rows, parameters: parameters, into: &dHidden)
        decoder.hidden.differentiateActivation(&dHidden, y: secondHidden, rows: rows)
        decoder.hidden.addUp(dHidden, x: latent, rows: rows, accumulating: false, into: &gradient)
        decoder.hidden.backward(dHidden, rows: rows, parameters: parameters, into: &dLatent)
    }

    /// ‖w − AE2(AE1(w))‖² back to AE1(w), whose gradient is then in `dPassed`, with AE1's sign. Where a gradient with
    /// another sign is added up, that comes last.
    private mutating func backwardThroughPass(parameters: [Float], scale: Float, gradient: inout [Float]) {
        let (rows, decoder) = (rowCount, layout.second)
        slope(of: passError, output: passOutput, scale: scale, count: rows * batch.columnCount, into: &dPassed)
        decoder.output.backward(dPassed, rows: rows, parameters: parameters, into: &dHidden)
        multiply(&dPassed, byRows: secondSign, rows: rows, columns: batch.columnCount)
        decoder.output.addUp(dPassed, x: passHidden, rows: rows, accumulating: true, into: &gradient)

        decoder.hidden.differentiateActivation(&dHidden, y: passHidden, rows: rows)
        decoder.hidden.backward(dHidden, rows: rows, parameters: parameters, into: &dPassedLatent)
        multiply(&dHidden, byRows: secondSign, rows: rows, columns: decoder.hidden.outputCount)
        decoder.hidden.addUp(dHidden, x: passLatent, rows: rows, accumulating: true, into: &gradient)

        layout.latent.backward(dPassedLatent, rows: rows, parameters: parameters, into: &dHidden)
        multiply(&dPassedLatent, byRows: sumSign, rows: rows, columns: layout.latent.outputCount)
        layout.latent.addUp(dPassedLatent, x: passEncoderHidden, rows: rows, accumulating: false, into: &gradient)

        layout.encoder.differentiateActivation(&dHidden, y: passEncoderHidden, rows: rows)
        layout.encoder.backward(dHidden, rows: rows, parameters: parameters, into: &dPassed)
        multiply(&dHidden, byRows: sumSign, rows: rows, columns: layout.encoder.outputCount)
        layout.encoder.addUp(dHidden, x: firstOutput, rows: rows, accumulating: false, into: &gradient)
        differentiateClip(&dPassed, output: firstOutput, count: rows * batch.columnCount)
    }

    /// The first decoder's gradient, and what comes through it added to the latent variables' in `dLatent`. Of the two
    /// parts, that of ‖w − AE1(w)‖² and that of `dPassed`, the encoder takes the second with another sign.
    private mutating func backwardThroughFirst(parameters: [Float], scale: Float, gradient: inout [Float]) {
        let (rows, decoder) = (rowCount, layout.first)
        slope(of: firstError, output: firstOutput, scale: scale, count: rows * batch.columnCount, into: &dOutput)
        decoder.output.backward(dOutput, rows: rows, parameters: parameters, into: &dHidden)
        decoder.output.backward(dPassed, rows: rows, parameters: parameters, into: &dPassedHidden)
        add(dPassed, to: &dOutput, count: rows * batch.columnCount)
        decoder.output.addUp(dOutput, x: firstHidden, rows: rows, accumulating: false, into: &gradient)

        decoder.hidden.differentiateActivation(&dHidden, y: firstHidden, rows: rows)
        decoder.hidden.differentiateActivation(&dPassedHidden, y: firstHidden, rows: rows)
        decoder.hidden.backward(dHidden, rows: rows, parameters: parameters, accumulating: true, into: &dLatent)
        decoder.hidden.backward(dPassedHidden, rows: rows, parameters: parameters, into: &dPassedLatent)
        multiply(&dPassedLatent, byRows: sumSign, rows: rows, columns: decoder.hidden.inputCount)
        add(dPassedLatent, to: &dLatent, count: rows * decoder.hidden.inputCount)
        add(dPassedHidden, to: &dHidden, count: rows * decoder.hidden.outputCount)
        decoder.hidden.addUp(dHidden, x: latent, rows: rows, accumulating: false, into: &gradient)
    }
}

/// scale · error, and 0 where the output was clipped; all are matrices of `count` elements, or have room for more.
private func slope(
    of error: [Float], output: [Float], scale: Float, count: Int, into gradient: inout [Float]
) {
    var all = gradient.mutableSpan
    var gradient = all._mutatingExtracting(0..<count)
    replaceEach(&gradient, with: error.span.extracting(0..<count)) { _, error in scale * error }
    AdversarialAutoencoder.differentiateClip(&gradient, outputs: output.span.extracting(0..<count))
}

/// Sets the first `count` elements of a gradient to 0 where the output was clipped.
private func differentiateClip(_ gradient: inout [Float], output: [Float], count: Int) {
    var all = gradient.mutableSpan
    var gradient = all._mutatingExtracting(0..<count)
    AdversarialAutoencoder.differentiateClip(&gradient, outputs: output.span.extracting(0..<count))
}

/// Multiplies the first `rows` rows of a matrix by their numbers.
private func multiply(_ matrix: inout [Float], byRows factors: [Float], rows: Int, columns: Int) {
    var all = matrix.mutableSpan
    var matrix = all._mutatingExtracting(0..<rows * columns)
    multiplyRows(of: &matrix, by: factors.span.extracting(0..<rows), columns: columns)
}

/// Adds the first `count` elements of a matrix to those of another.
private func add(_ matrix: [Float], to sum: inout [Float], count: Int) {
    var all = sum.mutableSpan
    var sum = all._mutatingExtracting(0..<count)
    replaceEach(&sum, with: matrix.span.extracting(0..<count)) { $0 + $1 }
}

extension AdversarialLayout.Decoder {
    /// From latent variables (rows, L) to clipped outputs (rows, D).
    fileprivate func forward(
        _ latent: [Float], rows: Int, parameters: [Float], hidden hiddenUnits: inout [Float],
        output outputs: inout [Float]
    ) {
        hidden.forward(latent, rows: rows, parameters: parameters, into: &hiddenUnits)
        output.forward(hiddenUnits, rows: rows, parameters: parameters, into: &outputs)
        var all = outputs.mutableSpan
        var rows = all._mutatingExtracting(0..<rows * output.outputCount)
        AdversarialAutoencoder.clip(&rows)
    }
}
