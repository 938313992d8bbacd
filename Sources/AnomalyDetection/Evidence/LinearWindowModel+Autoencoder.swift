package import VAE

extension LinearWindowModel {
    /// The latent variables of ``autoencoder``: as many as a network has.
    package static let latentCount = 4

    /// The leading directions as a linear variational autoencoder, of which they are the optimum (Lucas et al. 2019).
    package var autoencoder: VariationalAutoencoder {
        let width = layout.width
        let count = min(Self.latentCount, dimensionCount)
        let leading = Array(directions[..<(count * width)])
        let scales = Array(deviations[..<count])
        // The encoder's weights are (width × count), the output's (count × width).
        var encoder = [Float](repeating: 0, count: width * count)
        var offsets = [Float](repeating: 0, count: count)
        for index in leading.indices {
            let (direction, cell) = (index / width, index % width)
            encoder[cell * count + direction] = leading[index]
            offsets[direction] -= leading[index] * mean[cell]
        }
        let zeros = [Float](repeating: 0, count: count)
        func diagonal(_ values: [Float]) -> [Float] {
            (0..<(count * count)).map { $0 / count == $0 % count ? values[$0 / count] : 0 }
        }
        let parameters = [
            encoder, offsets, diagonal(scales.map { 1 / $0 }), zeros, diagonal(zeros), zeros, diagonal(scales), zeros,
            leading, mean, [Float](repeating: 0, count: width),
        ]
        return VariationalAutoencoder(
            shape: NetworkShape(
                inputCount: width, hiddenCount: count, latentCount: count, activation: .identity,
                outputNoise: .fixed(1)),
            parameters: parameters.flatMap(\.self))
    }
}
