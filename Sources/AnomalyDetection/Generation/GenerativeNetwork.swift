import VAE

/// What new windows can be drawn from.
struct GenerativeNetwork {
    /// The network, which has a prior over its latent space.
    var network: VariationalAutoencoder
    /// Its windows.
    var layout: WindowLayout
    /// The deviation of normal readings from what the network says, (width).
    var deviations: [Float]
}

extension StreamModel {
    /// The network that new windows can be drawn from: the autoencoder, or where there is none, as while history is short, the linear
    /// window model of the longest windows, which is one too.
    func generativeNetwork() throws(GenerationFailure) -> GenerativeNetwork {
        for part in parts {
            guard let part = part as? Reconstruction else { continue }
            guard let network = part.variational else { throw .adversarial }
            return GenerativeNetwork(network: network, layout: part.layout, deviations: part.deviations)
        }
        let linear = parts.compactMap { $0 as? LinearWindowModel }
        guard let longest = linear.max(by: { $0.layout.length < $1.layout.length }) else { throw .nothingRebuilds }
        return GenerativeNetwork(longest)
    }
}

extension GenerativeNetwork {
    /// The leading directions of a linear window model. What the other directions hold counts as deviation.
    init(_ model: LinearWindowModel) {
        let width = model.layout.width
        network = model.autoencoder(latentCount: NetworkShape.standardLatentCount)
        let latentCount = network.shape.latentCount
        layout = model.layout
        deviations = (0..<width).map { cell in
            var variance = model.residualDeviations[cell] * model.residualDeviations[cell]
            for direction in latentCount..<model.dimensionCount {
                let share = model.deviations[direction] * model.directions[direction * width + cell]
                variance += share * share
            }
            return variance.squareRoot()
        }
    }
}
