package import VAE

extension VariationalAutoencoder {
    /// Principal components as the linear variational autoencoder of which they are the optimum (Lucas et al. 2019).
    ///
    /// `mean` is the mean window, (width); `directions` are of length one, (latent × width); `deviations` are those of windows along
    /// them, (latent), each above zero.
    package init(mean: [Float], directions: [Float], deviations: [Float]) {
        let (width, count) = (mean.count, deviations.count)
        precondition(directions.count == count * width, "\(directions.count) elements, not \(count) × \(width)")
        // The encoder's weights are (width × count), the output's (count × width).
        var encoder = [Float](repeating: 0, count: width * count)
        var offsets = [Float](repeating: 0, count: count)
        for index in directions.indices {
            let (direction, cell) = (index / width, index % width)
            encoder[cell * count + direction] = directions[index]
            offsets[direction] -= directions[index] * mean[cell]
        }
        let zeros = [Float](repeating: 0, count: count)
        func diagonal(_ values: [Float]) -> [Float] {
            (0..<(count * count)).map { $0 / count == $0 % count ? values[$0 / count] : 0 }
        }
        let parameters = [
            encoder, offsets, diagonal(deviations.map { 1 / $0 }), zeros, diagonal(zeros), zeros, diagonal(deviations),
            zeros, directions, mean, [Float](repeating: 0, count: width),
        ]
        self.init(
            shape: NetworkShape(
                inputCount: width, hiddenCount: count, latentCount: count, activation: .identity,
                outputNoise: .fixed(1)),
            parameters: parameters.flatMap(\.self))
    }
}

extension LinearWindowModel {
    /// The leading directions, at most `latentCount` of them, as an autoencoder.
    package func autoencoder(latentCount: Int) -> VariationalAutoencoder {
        let count = min(latentCount, dimensionCount)
        return VariationalAutoencoder(
            mean: mean, directions: Array(directions[..<(count * layout.width)]),
            deviations: Array(deviations[..<count]))
    }
}
