package import LinearAlgebra
import RealModule

/// A variational autoencoder (Kingma and Welling 2013) of windows, with a head that foretells what comes after them: a shape, a linear
/// path that is known in closed form, and the trained parameters.
///
/// With a = (x − m) Vᵀ and l = √(λ − s²)/λ · a (``LinearPath``):
///
///     μ = l + R₁ tanh(A l),   log σ² = v₀ + R₂ tanh(A l)
///     x̂ = m + (√(λ − s²) · z) V + U₁ tanh(B z)
///     next = c + z P + newest S + U₂ tanh(B z),   for each horizon
///
/// R and U, the residual path, are zero before training, so that an untrained network is the optimum of the linear autoencoder with
/// ridge regression as its head, and training goes on from there. It is a value: training makes another.
package struct VariationalAutoencoder: Sendable, Equatable {
    /// The sizes.
    package let shape: NetworkShape
    /// The linear path; training leaves it as it is.
    package let linear: LinearPath
    /// All trained parameters: encoder, correction, decoder, output (of each the weights, input × output, then the biases), v₀, P, S, c,
    /// and the log-variances of the noise of cells and of what is foretold.
    package internal(set) var parameters: [Float]

    /// A cell's noise has at least this deviation, in units of its channel's own.
    package static let leastNoise: Float = 0.05
    /// What is foretold has at least this deviation.
    package static let leastForesightNoise: Float = 0.03
    /// Directions and noise are found from at most so many windows, evenly spaced.
    package static let sampleLimit = 2_500
    /// The foresight's linear path is found from at most so many windows.
    package static let regressionLimit = 8_192
    /// The ridge of that regression as a share of the number of windows; at least 1.
    private static let ridgeShare = 1e-3

    /// A network of these parameters; traps when their number is not that of ``parameterCount(of:)``.
    package init(shape: NetworkShape, linear: LinearPath, parameters: [Float]) {
        let count = Self.parameterCount(of: shape)
        precondition(parameters.count == count, "\(parameters.count) parameters for a shape that has \(count)")
        precondition(linear.latentCount == shape.latentCount && linear.center.count == shape.inputCount)
        self.shape = shape
        self.linear = linear
        self.parameters = parameters
    }

    /// The number of trained parameters that networks of a shape have.
    package static func parameterCount(of shape: NetworkShape) -> Int { ParameterLayout(shape).count }

    /// The network in closed form: what is best without a residual path. The seed decides the weights of the hidden layers, which do
    /// nothing yet.
    ///
    /// `newestSlots` is that of ``NetworkShape``. `series` has at least two windows. Throws when LAPACK finds no
    /// eigenvectors, which finite values do not cause.
    package init(
        closedFormOf series: WindowSeries, slotCount: Int, latentLimit: Int = NetworkShape.standardLatentLimit,
        hiddenCount: Int = NetworkShape.standardHiddenCount, newestSlots: Int? = nil, seed: UInt64
    ) throws(LinearAlgebraFailure) {
        let windows = series.windows(
            endingIn: series.ends.evenlySpaced(limit: Self.sampleLimit), slotCount: slotCount)
        let linear = try LinearPath(of: windows, latentLimit: latentLimit)
        let shape = NetworkShape(
            slotCount: slotCount, channelCount: series.channelCount, latentCount: linear.latentCount,
            hiddenCount: hiddenCount, newestSlots: newestSlots)
        self.init(
            shape: shape, linear: linear, parameters: [Float](repeating: 0, count: Self.parameterCount(of: shape)))
        let layout = ParameterLayout(shape)
        var source = RandomSource(seed: seed)
        for layer in [layout.encoder, layout.decoder] {
            let bound = 1 / Double(layer.inputCount).squareRoot()
            for index in layer.weights.lowerBound..<layer.bias.upperBound {
                parameters[index] = Float((source.uniform() * 2 - 1) * bound)
            }
        }
        replace(layout.logVariance, by: linear.logVariances)
        replace(layout.noise, by: residualLogVariances(of: windows))
        try fitForesight(to: series, layout)
    }

    private mutating func replace(_ range: Range<Int>, by values: [Float]) {
        parameters.replaceSubrange(range, with: values)
    }

    /// For each cell the logarithm of the mean square of what the directions leave of it (D).
    private func residualLogVariances(of windows: Matrix) -> [Float] {
        let (width, n) = (shape.inputCount, windows.rowCount)
        let (_, residuals) = linear.residuals(of: windows)
        var squares = [Double](repeating: 0, count: width)
        for row in 0..<n {
            for cell in 0..<width {
                let residual = Double(residuals.elements[row * width + cell])
                squares[cell] += residual * residual
            }
        }
        let least = Double(Self.leastNoise * Self.leastNoise)
        return squares.map { Float(Double.log(max($0 / Double(n), least))) }
    }

    /// Ridge regression of what comes after windows on their latents and newest cells, each brought to a deviation of one.
    private mutating func fitForesight(
        to series: WindowSeries, _ layout: ParameterLayout
    ) throws(LinearAlgebraFailure) {
        let (k, q, targetCount) = (shape.latentCount, shape.newestCount, shape.foretoldCount)
        let ends = series.foretellable(horizons: shape.horizons).evenlySpaced(limit: Self.regressionLimit)
        let inputCount = k + q
        guard ends.count >= 2 else {
            replace(layout.foresightNoise, by: [Float](repeating: 0, count: targetCount))
            return
        }
        let (d, width) = (shape.channelCount, shape.inputCount)
        let windows = series.windows(endingIn: ends, slotCount: shape.slotCount)
        let coordinates = linear.residuals(of: windows).coordinates
        var rows = Matrix(rows: ends.count, columns: inputCount + targetCount)
        for (row, end) in ends.enumerated() {
            let start = row * rows.columnCount
            for latent in 0..<k {
                rows.elements[start + latent] = linear.encoderGains[latent] * coordinates.elements[row * k + latent]
            }
            for cell in 0..<q { rows.elements[start + k + cell] = windows.elements[(row + 1) * width - q + cell] }
            for (index, horizon) in shape.horizons.enumerated() {
                for channel in 0..<d {
                    rows.elements[start + inputCount + index * d + channel] =
                        series.values[(end + horizon) * d + channel]
                }
            }
        }
        let (means, deviations) = standardize(&rows, columns: inputCount)
        let ridge = max(1, Self.ridgeShare * Double(ends.count))
        let solution = try NormalEquations(
            rows, inputs: 0..<inputCount, targets: inputCount..<rows.columnCount
        ).solved(ridge: ridge)
        noteForesight(solution, of: rows, means: means, deviations: deviations, layout)
    }

    /// Takes the mean from all columns and brings those of the inputs to a deviation of one.
    private func standardize(_ rows: inout Matrix, columns inputCount: Int) -> (means: [Double], deviations: [Double]) {
        let (n, width) = (rows.rowCount, rows.columnCount)
        var means = [Double](repeating: 0, count: width)
        var squares = means
        for row in 0..<n { for column in 0..<width { means[column] += Double(rows.elements[row * width + column]) } }
        for column in 0..<width { means[column] /= Double(n) }
        for row in 0..<n {
            for column in 0..<width {
                let difference = Double(rows.elements[row * width + column]) - means[column]
                squares[column] += difference * difference
            }
        }
        var deviations = squares.map { max(($0 / Double(n)).squareRoot(), 1e-6) }
        for column in inputCount..<width { deviations[column] = 1 }
        for row in 0..<n {
            for column in 0..<width {
                let value = Double(rows.elements[row * width + column])
                rows.elements[row * width + column] = Float((value - means[column]) / deviations[column])
            }
        }
        return (means, deviations)
    }

    /// Takes the solution of the regression (targets × (inputs + 1)) into the parameters, with the variances of what it misses.
    private mutating func noteForesight(
        _ solution: [Double], of rows: Matrix, means: [Double], deviations: [Double], _ layout: ParameterLayout
    ) {
        let (k, targetCount) = (shape.latentCount, shape.foretoldCount)
        let inputCount = k + shape.newestCount
        for target in 0..<targetCount {
            let first = target * (inputCount + 1)
            var constant = means[inputCount + target] + solution[first + inputCount]
            for input in 0..<inputCount {
                let coefficient = solution[first + input] / deviations[input]
                constant -= coefficient * means[input]
                let place =
                    input < k
                    ? layout.latentForesight.lowerBound + input * targetCount + target
                    : layout.newestForesight.lowerBound + (input - k) * targetCount + target
                parameters[place] = Float(coefficient)
            }
            parameters[layout.foresightConstant.lowerBound + target] = Float(constant)
            var squares = 0.0
            for row in 0..<rows.rowCount {
                let start = row * rows.columnCount
                var error = Double(rows.elements[start + inputCount + target]) - solution[first + inputCount]
                for input in 0..<inputCount {
                    error -= solution[first + input] * Double(rows.elements[start + input])
                }
                squares += error * error
            }
            let least = Double(Self.leastForesightNoise * Self.leastForesightNoise)
            parameters[layout.foresightNoise.lowerBound + target] =
                Float(Double.log(max(squares / Double(rows.rowCount), least)))
        }
    }

    /// The noise variance of each cell (D).
    package var noiseVariances: [Float] {
        let least = Self.leastNoise * Self.leastNoise
        return ParameterLayout(shape).noise.map { max(Float.exp(parameters[$0]), least) }
    }

    /// The variance of what is foretold (H·d), horizon by horizon.
    package var foresightVariances: [Float] {
        let least = Self.leastForesightNoise * Self.leastForesightNoise
        return ParameterLayout(shape).foresightNoise.map { max(Float.exp(parameters[$0]), least) }
    }

    /// Whether the residual path says anything: whether the network is more than its closed form.
    package var isTrained: Bool {
        let layout = ParameterLayout(shape)
        return parameters[layout.correction.weights].contains { $0 != 0 }
            || parameters[layout.output.weights].contains { $0 != 0 }
    }

    /// The network with weights that half precision holds; the noise stays as it is.
    package var halved: VariationalAutoencoder {
        let kept = ParameterLayout(shape).noise.lowerBound
        return VariationalAutoencoder(
            shape: shape, linear: linear.halved,
            parameters: parameters[..<kept].map { $0.halved } + parameters[kept...])
    }
}

extension Float {
    /// The number in half precision, whose largest stands for larger ones: infinity would make a network that cannot be read back.
    var halved: Float {
        let limit = Float(Float16.greatestFiniteMagnitude)
        return Float(Float16(Swift.min(Swift.max(self, -limit), limit)))
    }
}

extension LinearPath {
    /// The coordinates of windows (windows × D) along the directions, (windows × k), and what these leave of them.
    package func residuals(of windows: Matrix) -> (coordinates: Matrix, residuals: Matrix) {
        let (n, width, k) = (windows.rowCount, windows.columnCount, latentCount)
        var residuals = windows
        for row in 0..<n {
            for cell in 0..<width { residuals.elements[row * width + cell] -= center[cell] }
        }
        var coordinates = Matrix(rows: n, columns: k)
        var target = coordinates.elements.mutableSpan
        multiply(
            residuals.elements.span, by: directions.span, .transposed, rows: n, inner: width, columns: k, into: &target)
        var rest = residuals.elements.mutableSpan
        multiply(
            coordinates.elements.span, by: directions.span, rows: n, inner: k, columns: width, scale: -1,
            accumulating: true, into: &rest)
        return (coordinates, residuals)
    }
}
