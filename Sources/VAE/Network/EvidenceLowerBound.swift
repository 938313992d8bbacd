package import LinearAlgebra

/// The negative evidence lower bound of a batch of windows, and its gradient: one batch's way through the network and
/// back, with the memory for it.
///
/// The loss is (negative log-likelihood of the observed cells + β · divergence) / (rows · D). With β = 0 nothing is
/// drawn, z is μ, and the network is a plain autoencoder.
package struct EvidenceLowerBound: Sendable {
    /// The parts of the loss, summed over the rows, in nats.
    package struct Parts: Sendable, Equatable {
        /// The negative log-likelihood of the observed cells.
        package var reconstruction: Double
        /// The divergence of the latent variables from the prior, without β.
        package var divergence: Double
    }

    /// The most rows of a batch.
    package var rowLimit: Int { batch.rowLimit }
    /// The number of rows of the batch that is in it.
    package var rowCount: Int { batch.rowCount }
    /// The batch.
    var batch: WindowBatch
    /// The draws from the standard normal distribution that make z (rows, L); the caller fills them in.
    package var epsilon: [Float]

    private let shape: NetworkShape
    private let layout: ParameterLayout

    private var likelihood: ReconstructionLoss
    private var encoderHidden: [Float]  // (rows, H)
    private var mean: [Float]  // (rows, L)
    private var logVariance: [Float]  // (rows, L)
    private var deviation: [Float]  // (rows, L)
    private var latent: [Float]  // (rows, L)
    private var decoderHidden: [Float]  // (rows, H)
    private var output: [Float]  // (rows, D)

    private var dOutput: [Float]  // (rows, D)
    private var dHidden: [Float]  // (rows, H), of the decoder and then of the encoder
    private var dLatent: [Float]  // (rows, L)
    private var dMean: [Float]  // (rows, L)
    private var dLogVariance: [Float]  // (rows, L)

    /// Memory for batches of up to `rowLimit` windows.
    package init(shape: NetworkShape, rowLimit: Int) {
        func zeros(_ columns: Int) -> [Float] { [Float](repeating: 0, count: rowLimit * columns) }
        let (d, h, l) = (shape.inputCount, shape.hiddenCount, shape.latentCount)
        self.shape = shape
        layout = ParameterLayout(shape)
        batch = WindowBatch(columnCount: d, rowLimit: rowLimit)
        likelihood = ReconstructionLoss(shape: shape, rowLimit: rowLimit)
        epsilon = zeros(l)
        (output, dOutput) = (zeros(d), zeros(d))
        (encoderHidden, decoderHidden, dHidden) = (zeros(h), zeros(h), zeros(h))
        (mean, logVariance, deviation, latent) = (zeros(l), zeros(l), zeros(l), zeros(l))
        (dLatent, dMean, dLogVariance) = (zeros(l), zeros(l), zeros(l))
    }

    /// Empties the batch.
    package mutating func removeRows() { batch.removeRows() }

    /// Adds one row of the windows (windows × D) to the batch; its missing cells, where the mask (same shape) is 0, may
    /// hold anything.
    package mutating func append(row: Int, of windows: Matrix, mask: Matrix?) {
        batch.append(row: row, of: windows, mask: mask)
    }

    /// Draws ``epsilon`` anew for all rows of the batch.
    mutating func drawEpsilon(from source: inout RandomSource) {
        for index in 0..<rowCount * shape.latentCount { epsilon[index] = Float(source.normal()) }
    }

    /// The parts of the batch's loss under these parameters.
    package mutating func forward(parameters: [Float], beta: Float) -> Parts {
        let rows = rowCount
        layout.encoder.forward(batch.input, rows: rows, parameters: parameters, into: &encoderHidden)
        layout.mean.forward(encoderHidden, rows: rows, parameters: parameters, into: &mean)
        var divergence = 0.0
        if beta > 0 {
            layout.logVariance.forward(encoderHidden, rows: rows, parameters: parameters, into: &logVariance)
            divergence = LatentLayer.forward(
                mean: mean, logVariance: logVariance, epsilon: epsilon, count: rows * shape.latentCount,
                deviation: &deviation, latent: &latent)
        }
        layout.decoder.forward(beta > 0 ? latent : mean, rows: rows, parameters: parameters, into: &decoderHidden)
        layout.output.forward(decoderHidden, rows: rows, parameters: parameters, into: &output)
        let reconstruction = likelihood.forward(
            output: output, batch: batch, logVariance: parameters.span.extracting(layout.outputNoise))
        return Parts(reconstruction: reconstruction, divergence: divergence)
    }

    /// The batch's loss under these parameters: its parts, weighted, per row and cell, in nats.
    package mutating func loss(parameters: [Float], beta: Float) -> Double {
        let parts = forward(parameters: parameters, beta: beta)
        return (parts.reconstruction + Double(beta) * parts.divergence) / Double(rowCount * shape.inputCount)
    }

    /// The gradient (parameters) of the loss that ``loss(parameters:beta:)`` was last called for, with the same
    /// arguments.
    package mutating func backward(parameters: [Float], beta: Float, gradient: inout [Float]) {
        let rows = rowCount
        let scale = 1 / Float(rows * shape.inputCount)
        backwardThroughLoss(scale: scale, gradient: &gradient)

        layout.output.backward(&dOutput, x: decoderHidden, y: output, rows: rows, gradient: &gradient)
        layout.output.backward(dOutput, rows: rows, parameters: parameters, into: &dHidden)
        let latent = beta > 0 ? latent : mean
        layout.decoder.backward(&dHidden, x: latent, y: decoderHidden, rows: rows, gradient: &gradient)
        if beta > 0 {
            layout.decoder.backward(dHidden, rows: rows, parameters: parameters, into: &dLatent)
            LatentLayer.backward(
                dLatent: dLatent, mean: mean, logVariance: logVariance, deviation: deviation, epsilon: epsilon,
                count: rows * shape.latentCount, beta: beta, scale: scale, dMean: &dMean, dLogVariance: &dLogVariance)
            layout.logVariance.backward(
                &dLogVariance, x: encoderHidden, y: logVariance, rows: rows, gradient: &gradient)
        } else {
            layout.decoder.backward(dHidden, rows: rows, parameters: parameters, into: &dMean)
            for index in layout.logVariance.weights.lowerBound..<layout.logVariance.end { gradient[index] = 0 }
        }
        layout.mean.backward(&dMean, x: encoderHidden, y: mean, rows: rows, gradient: &gradient)
        layout.mean.backward(dMean, rows: rows, parameters: parameters, into: &dHidden)
        if beta > 0 {
            layout.logVariance.backward(
                dLogVariance, rows: rows, parameters: parameters, accumulating: true, into: &dHidden)
        }
        layout.encoder.backward(&dHidden, x: batch.input, y: encoderHidden, rows: rows, gradient: &gradient)
    }

    private mutating func backwardThroughLoss(scale: Float, gradient: inout [Float]) {
        var gradient = gradient.mutableSpan
        var dNoise = gradient._mutatingExtracting(layout.outputNoise)
        likelihood.backward(
            output: output, batch: batch, scale: scale, dOutput: &dOutput, dLogVariance: &dNoise)
    }
}
