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
    /// The network that new windows can be drawn from.
    func generativeNetwork() throws(GenerationFailure) -> GenerativeNetwork {
        guard let network else { throw .nothingRebuilds }
        return GenerativeNetwork(
            network: network.network, layout: network.layout,
            deviations: network.network.noiseVariances.map { $0.squareRoot() })
    }
}
