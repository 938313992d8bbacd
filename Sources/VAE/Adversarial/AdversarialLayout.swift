/// Where each parameter of an adversarially trained autoencoder is in its one array of parameters.
struct AdversarialLayout: Sendable {
    /// One of the two decoders.
    struct Decoder: Sendable {
        let hidden: DenseLayer  // (L → H)
        let output: DenseLayer  // (H → D)
    }

    let encoder: DenseLayer  // (D → H)
    let latent: DenseLayer  // (H → L)
    let first: Decoder
    let second: Decoder
    /// The number of all parameters.
    var count: Int { second.output.end }
    /// All layers, in the order of their parameters.
    var layers: [DenseLayer] { [encoder, latent, first.hidden, first.output, second.hidden, second.output] }

    init(_ shape: AdversarialAutoencoder.Shape) {
        let (d, h, l) = (shape.inputCount, shape.hiddenCount, shape.latentCount)
        func decoder(startingAt start: Int) -> Decoder {
            let hidden = DenseLayer(startingAt: start, inputCount: l, outputCount: h, activation: .tanh)
            let output = DenseLayer(startingAt: hidden.end, inputCount: h, outputCount: d, activation: .identity)
            return Decoder(hidden: hidden, output: output)
        }
        encoder = DenseLayer(startingAt: 0, inputCount: d, outputCount: h, activation: .tanh)
        latent = DenseLayer(startingAt: encoder.end, inputCount: h, outputCount: l, activation: .identity)
        first = decoder(startingAt: latent.end)
        second = decoder(startingAt: first.output.end)
    }
}
