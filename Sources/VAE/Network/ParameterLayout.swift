/// Where each parameter of a network is in its one array of parameters.
struct ParameterLayout: Sendable {
    let encoder: DenseLayer  // (D → H)
    let mean: DenseLayer  // (H → L)
    let logVariance: DenseLayer  // (H → L)
    let decoder: DenseLayer  // (L → H)
    let output: DenseLayer  // (H → D)
    /// The logarithm of each output's noise variance (D).
    let outputNoise: Range<Int>
    /// The number of all parameters.
    var count: Int { outputNoise.upperBound }

    init(_ shape: NetworkShape) {
        let (d, h, l) = (shape.inputCount, shape.hiddenCount, shape.latentCount)
        encoder = DenseLayer(startingAt: 0, inputCount: d, outputCount: h, activation: shape.activation)
        mean = DenseLayer(startingAt: encoder.end, inputCount: h, outputCount: l, activation: .identity)
        logVariance = DenseLayer(startingAt: mean.end, inputCount: h, outputCount: l, activation: .identity)
        decoder = DenseLayer(startingAt: logVariance.end, inputCount: l, outputCount: h, activation: shape.activation)
        output = DenseLayer(startingAt: decoder.end, inputCount: h, outputCount: d, activation: .identity)
        outputNoise = output.end..<output.end + d
    }
}
