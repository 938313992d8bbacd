/// Where each trained parameter of a network is in its one array of parameters.
struct ParameterLayout: Sendable {
    /// The encoder's residual path.
    let encoder: DenseLayer  // A, (k → h), tanh
    let correction: DenseLayer  // R, (h → 2k): of the mean, then of the log-variance
    /// The residual path of decoder and foresight, which share it.
    let decoder: DenseLayer  // B, (k → h), tanh
    let output: DenseLayer  // U, (h → D + H·d)
    /// The log-variance of the latents without the residual path (k).
    let logVariance: Range<Int>
    /// The foresight's linear path from the latents (k × H·d), from the newest cells (q × H·d), and its constant (H·d).
    let latentForesight: Range<Int>
    let newestForesight: Range<Int>
    let foresightConstant: Range<Int>
    /// The logarithm of each cell's noise variance (D), and of each foretold value's (H·d).
    let noise: Range<Int>
    let foresightNoise: Range<Int>
    /// The number of all parameters.
    var count: Int { foresightNoise.upperBound }

    init(_ shape: NetworkShape) {
        let (d, h, k, foretold) = (shape.inputCount, shape.hiddenCount, shape.latentCount, shape.foretoldCount)
        encoder = DenseLayer(startingAt: 0, inputCount: k, outputCount: h, activation: .tanh)
        correction = DenseLayer(startingAt: encoder.end, inputCount: h, outputCount: 2 * k, activation: .identity)
        decoder = DenseLayer(startingAt: correction.end, inputCount: k, outputCount: h, activation: .tanh)
        output = DenseLayer(startingAt: decoder.end, inputCount: h, outputCount: d + foretold, activation: .identity)
        logVariance = output.end..<output.end + k
        latentForesight = logVariance.upperBound..<logVariance.upperBound + k * foretold
        newestForesight = latentForesight.upperBound..<latentForesight.upperBound + shape.newestCount * foretold
        foresightConstant = newestForesight.upperBound..<newestForesight.upperBound + foretold
        noise = foresightConstant.upperBound..<foresightConstant.upperBound + d
        foresightNoise = noise.upperBound..<noise.upperBound + foretold
    }
}
