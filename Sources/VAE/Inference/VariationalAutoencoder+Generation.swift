package import LinearAlgebra

extension VariationalAutoencoder {
    /// New windows (count × D) from the model: latent variables from the prior, decoded.
    ///
    /// With `isNoisy`, the default, each cell is drawn from its output's distribution, so that the windows scatter as the
    /// real ones do; without, it is the mean or the probability. The same seed gives the same windows.
    package func sample(count: Int, seed: UInt64, isNoisy: Bool = true) -> Matrix {
        var source = RandomSource(seed: seed)
        var latents = Matrix(rows: count, columns: shape.latentCount)
        for index in latents.elements.indices { latents.elements[index] = Float(source.normal()) }
        var windows = decode(latents)
        guard isNoisy else { return windows }
        let deviations = outputVariances.map { $0.squareRoot() }
        for row in 0..<count {
            for column in 0..<shape.inputCount {
                let output = windows[row, column]
                switch shape.outputKinds[column] {
                case .gaussian: windows[row, column] = output + deviations[column] * Float(source.normal())
                case .bernoulli: windows[row, column] = source.uniform() < Double(output) ? 1 : 0
                }
            }
        }
        return windows
    }

    /// Windows (steps × D) on the way from one window to another, evenly spaced between their latent means.
    ///
    /// The first and the last are the reconstructions of the two. `first` and `second` are (D); at least two steps.
    package func interpolate(between first: [Float], and second: [Float], steps: Int) -> Matrix {
        precondition(steps >= 2, "\(steps) steps; the two ends alone are two")
        precondition(
            first.count == shape.inputCount && second.count == shape.inputCount,
            "windows of \(first.count) and \(second.count) cells, not \(shape.inputCount)")
        let ends = reconstruct(Matrix(rows: 2, columns: shape.inputCount, elements: first + second)).latents
        var latents = Matrix(rows: steps, columns: shape.latentCount)
        for step in 0..<steps {
            let share = Float(step) / Float(steps - 1)
            for column in 0..<shape.latentCount {
                latents[step, column] = (1 - share) * ends[0, column] + share * ends[1, column]
            }
        }
        return decode(latents)
    }
}
