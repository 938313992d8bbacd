import RealModule
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
    /// The network that new windows can be drawn from: the autoencoder, or where that did not pay the linear window model of the
    /// longest windows, which is one too.
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
    /// As many latent variables as an autoencoder has: with many, hardly two windows are neighbors.
    private static let latentLimit = 4

    /// The leading directions of a linear window model as a linear variational autoencoder, of which they are the optimum (Lucas et
    /// al. 2019). What the other directions hold counts as deviation.
    init(_ model: LinearWindowModel) {
        let width = model.layout.width
        let count = min(Self.latentLimit, model.dimensionCount)
        let directions = model.directions[..<(count * width)]
        let scales = model.deviations[..<count]
        // The encoder's weights are (width × count), the output's (count × width).
        var encoder = [Float](repeating: 0, count: width * count)
        var offsets = [Float](repeating: 0, count: count)
        for index in directions.indices {
            let (direction, cell) = (index / width, index % width)
            encoder[cell * count + direction] = directions[index]
            offsets[direction] -= directions[index] * model.mean[cell]
        }
        let zeros = [Float](repeating: 0, count: count)
        func diagonal(_ values: [Float]) -> [Float] {
            (0..<(count * count)).map { $0 / count == $0 % count ? values[$0 / count] : 0 }
        }
        let parameters = [
            encoder, offsets, diagonal(scales.map { 1 / $0 }), zeros, diagonal(zeros), zeros, diagonal(Array(scales)),
            zeros,
            Array(directions), model.mean, [Float](repeating: 0, count: width),
        ]
        network = VariationalAutoencoder(
            shape: NetworkShape(
                inputCount: width, hiddenCount: count, latentCount: count, activation: .identity, outputNoise: .fixed(1)
            ),
            parameters: parameters.flatMap(\.self))
        layout = model.layout
        deviations = (0..<width).map { cell in
            var variance = model.residualDeviations[cell] * model.residualDeviations[cell]
            for direction in count..<model.dimensionCount {
                let share = model.deviations[direction] * model.directions[direction * width + cell]
                variance += share * share
            }
            return variance.squareRoot()
        }
    }
}
