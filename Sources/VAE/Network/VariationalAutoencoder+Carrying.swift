import LinearAlgebra
import RealModule

/// How a channel of windows is measured by one network, seen from another: x′ = factor · x + offset.
package struct ChannelScaling: Sendable, Equatable {
    /// What multiplies the other's value.
    package let factor: Double
    /// What is added to it.
    package let offset: Double

    /// A scaling from its parts.
    package init(factor: Double, offset: Double) {
        self.factor = factor
        self.offset = offset
    }
}

extension VariationalAutoencoder {
    /// This network, which is in closed form, with the residual path and the foresight of an earlier one, written in the latents of this:
    /// where both were fitted to the same windows, the result is the earlier network over again.
    ///
    /// `scalings` take each channel from the measure of this network to that of the earlier one. Nil where the two have windows, hidden
    /// layers or forecasts of other sizes; the number of latents may differ.
    ///
    /// Noise and log-variances are no function of a window, and are carried as far as a change of latents allows: the variances of latents
    /// that are turned into each other do not stay those of single latents.
    package func carrying(_ earlier: VariationalAutoencoder, scalings: [ChannelScaling]) -> VariationalAutoencoder? {
        let (own, other) = (shape, earlier.shape)
        guard own.slotCount == other.slotCount, own.channelCount == other.channelCount,
            own.hiddenCount == other.hiddenCount, own.newestSlots == other.newestSlots, own.horizons == other.horizons,
            scalings.count == own.channelCount
        else { return nil }
        return CarriedParameters(from: earlier, to: self, scalings).network
    }

    /// The network with the noise that is likeliest where everything else stays as it is: of each cell, and of what is foretold, the mean
    /// square of what is missed, over windows evenly spaced among those of a series.
    ///
    /// It costs a forward pass of at most ``sampleLimit`` windows, and saves a training the steps in which its noise would follow.
    package func withNoise(of series: WindowSeries, beta: Float, seed: UInt64) -> VariationalAutoencoder {
        let ends = series.ends.evenlySpaced(limit: Self.sampleLimit)
        let (width, targets) = (shape.inputCount, shape.foretoldCount)
        var cells = SquaredErrors(count: width)
        var foretold = SquaredErrors(count: targets)
        forEachBatch(of: series, endingIn: ends, beta: beta, seed: seed) { bound, _ in
            let rows = bound.batch.rowCount
            cells.add(bound.rebuilt, bound.batch.windows, bound.batch.observed, rows: rows)
            foretold.add(bound.foretold, bound.batch.targets, bound.batch.targetObserved, rows: rows)
        }
        var result = self
        let layout = ParameterLayout(shape)
        cells.write(to: layout.noise, of: &result.parameters, least: Self.leastNoise)
        foretold.write(to: layout.foresightNoise, of: &result.parameters, least: Self.leastForesightNoise)
        return result
    }
}

/// The mean squares of errors, column by column.
private struct SquaredErrors {
    private var squares: [Double]
    private var counts: [Double]

    init(count: Int) {
        squares = [Double](repeating: 0, count: count)
        counts = squares
    }

    /// Adds the errors of observed values (rows × columns).
    mutating func add(_ means: [Float], _ values: [Float], _ observed: [Float], rows: Int) {
        let columns = squares.count
        for row in 0..<rows {
            for column in 0..<columns where observed[row * columns + column] != 0 {
                let error = Double(means[row * columns + column] - values[row * columns + column])
                squares[column] += error * error
                counts[column] += 1
            }
        }
    }

    /// Writes the logarithms of the variances, at least of the least deviation; those of which nothing is known stay.
    func write(to place: Range<Int>, of parameters: inout [Float], least: Float) {
        for (index, column) in zip(place, squares.indices) where counts[column] > 0 {
            let variance = max(squares[column] / counts[column], Double(least) * Double(least))
            parameters[index] = Float(Double.log(variance))
        }
    }
}

/// The parameters of an earlier network in the latents of a later one.
///
/// With x′ = r x + t for each cell, latents l = E V (x − m) of the later network and l′ of the earlier one (``LinearPath``), and what
/// lies outside the later network's directions at its mean:
///
///     l′ = E′ V′ r Vᵀ E⁻¹ l + E′ V′ (r m + t − m′)        for what is encoded
///     z′ = G′⁻¹ V′ r Vᵀ G z + G′⁻¹ V′ (r m + t − m′)      for what is decoded, G being the decoder's gains
///
/// What the earlier network adds to its latents' means goes the way back, G⁻¹ V r⁻¹ V′ᵀ G′.
private struct CarriedParameters {
    private let earlier: VariationalAutoencoder
    private let later: VariationalAutoencoder
    private let (from, to): (ParameterLayout, ParameterLayout)
    private let scalings: [ChannelScaling]
    /// V′ r Vᵀ (k′ × k), V r⁻¹ V′ᵀ (k × k′), and V′ (r m + t − m′) (k′).
    private let (forth, back, shift): ([Double], [Double], [Double])
    private var parameters: [Float]

    /// The later network with these parameters.
    var network: VariationalAutoencoder {
        VariationalAutoencoder(shape: later.shape, linear: later.linear, parameters: parameters)
    }

    init(from earlier: VariationalAutoencoder, to later: VariationalAutoencoder, _ scalings: [ChannelScaling]) {
        (self.earlier, self.later, self.scalings) = (earlier, later, scalings)
        (from, to) = (ParameterLayout(earlier.shape), ParameterLayout(later.shape))
        let (width, d) = (later.shape.inputCount, scalings.count)
        let (k, other) = (later.shape.latentCount, earlier.shape.latentCount)
        let (own, old) = (later.linear, earlier.linear)
        var (forth, back) = ([Double](repeating: 0, count: other * k), [Double](repeating: 0, count: k * other))
        var shift = [Double](repeating: 0, count: other)
        for row in 0..<other {
            for cell in 0..<width {
                let scaling = scalings[cell % d]
                let moved = scaling.factor * Double(own.center[cell]) + scaling.offset - Double(old.center[cell])
                shift[row] += Double(old.directions[row * width + cell]) * moved
            }
            for column in 0..<k {
                for cell in 0..<width {
                    let product =
                        Double(old.directions[row * width + cell]) * Double(own.directions[column * width + cell])
                    forth[row * k + column] += scalings[cell % d].factor * product
                    back[column * other + row] += product / scalings[cell % d].factor
                }
            }
        }
        (self.forth, self.back, self.shift) = (forth, back, shift)
        parameters = later.parameters
        carryHidden(from.encoder, to.encoder, inputs: old.encoderGains, over: own.encoderGains.map { 1 / $0 })
        carryHidden(from.decoder, to.decoder, inputs: old.decoderGains.map { 1 / $0 }, over: own.decoderGains)
        carryCorrection()
        carryOutput()
        carryForesight()
    }

    /// How the latents that a layer reads follow from the later network's (k′ × k): `inputs` · V′ r Vᵀ · `over`.
    private func latents(_ inputs: [Float], _ over: [Float]) -> [Double] {
        forth.indices.map { Double(inputs[$0 / over.count]) * forth[$0] * Double(over[$0 % over.count]) }
    }

    /// A hidden layer, which reads latents: h = tanh(l′ A + a).
    private mutating func carryHidden(_ old: DenseLayer, _ new: DenseLayer, inputs: [Float], over: [Float]) {
        let (k, hidden) = (new.inputCount, new.outputCount)
        let change = latents(inputs, over)
        for unit in 0..<hidden {
            var bias = Double(earlier.parameters[old.bias.lowerBound + unit])
            for latent in 0..<old.inputCount {
                bias += Double(inputs[latent]) * shift[latent] * weight(old, latent, unit)
            }
            parameters[new.bias.lowerBound + unit] = Float(bias)
            for latent in 0..<k {
                var sum = 0.0
                for source in 0..<old.inputCount { sum += change[source * k + latent] * weight(old, source, unit) }
                parameters[new.weights.lowerBound + latent * hidden + unit] = Float(sum)
            }
        }
    }

    private func weight(_ layer: DenseLayer, _ input: Int, _ output: Int) -> Double {
        Double(earlier.parameters[layer.weights.lowerBound + input * layer.outputCount + output])
    }

    /// What the residual path adds to means and log-variances of the latents.
    ///
    /// A latent's variance is the sum of those of the earlier ones that it is made of, and what no earlier one knew of it is as in
    /// closed form; its logarithm changes with theirs by their shares of it.
    private mutating func carryCorrection() {
        let (k, other) = (later.shape.latentCount, earlier.shape.latentCount)
        var means = [Double](repeating: 0, count: k * other)
        var shares = means
        for latent in 0..<k {
            var (variance, known) = (0.0, 0.0)
            for source in 0..<other {
                let turned = back[latent * other + source]
                let factor =
                    turned * Double(earlier.linear.decoderGains[source]) / Double(later.linear.decoderGains[latent])
                means[latent * other + source] = factor
                shares[latent * other + source] =
                    factor * factor * Double.exp(Double(earlier.parameters[from.logVariance.lowerBound + source]))
                variance += shares[latent * other + source]
                known += forth[source * k + latent] * turned
            }
            let closed = Double.exp(Double(later.parameters[to.logVariance.lowerBound + latent]))
            variance += max(0, 1 - known) * closed
            for source in 0..<other { shares[latent * other + source] /= max(variance, .leastNormalMagnitude) }
            parameters[to.logVariance.lowerBound + latent] = Float(Double.log(max(variance, 1e-12)))
        }
        let rows = Array(from.correction.weights) + Array(from.correction.bias)
        let target = Array(to.correction.weights) + Array(to.correction.bias)
        for row in 0...later.shape.hiddenCount {
            let source = rows[(row * 2 * other)..<((row + 1) * 2 * other)].map { Double(earlier.parameters[$0]) }
            for latent in 0..<k {
                var (mean, logVariance) = (0.0, 0.0)
                for index in 0..<other {
                    mean += means[latent * other + index] * source[index]
                    logVariance += shares[latent * other + index] * source[other + index]
                }
                parameters[target[row * 2 * k + latent]] = Float(mean)
                parameters[target[row * 2 * k + k + latent]] = Float(logVariance)
            }
        }
    }

    /// What the residual path adds to cells and to what is foretold, in the later network's measure.
    private mutating func carryOutput() {
        let count = to.output.outputCount
        for (old, new) in [(from.output.weights, to.output.weights), (from.output.bias, to.output.bias)] {
            for (index, (source, target)) in zip(old, new).enumerated() {
                parameters[target] = Float(Double(earlier.parameters[source]) / factor(ofOutput: index % count))
            }
        }
        for (index, (source, target)) in zip(from.noise, to.noise).enumerated() {
            parameters[target] = Float(
                Double(earlier.parameters[source]) - 2 * Double.log(factor(ofOutput: index)))
        }
        let width = later.shape.inputCount
        for (index, (source, target)) in zip(from.foresightNoise, to.foresightNoise).enumerated() {
            parameters[target] = Float(
                Double(earlier.parameters[source]) - 2 * Double.log(factor(ofOutput: width + index)))
        }
    }

    /// Cells and foretold values both go through the channels in turn.
    private func factor(ofOutput index: Int) -> Double {
        let width = later.shape.inputCount
        return scalings[(index < width ? index : index - width) % scalings.count].factor
    }

    /// The foresight's linear path, which was trained together with what the residual path adds to it.
    private mutating func carryForesight() {
        let (k, q, targets) = (later.shape.latentCount, later.shape.newestCount, later.shape.foretoldCount)
        let (d, other) = (scalings.count, earlier.shape.latentCount)
        let gains = earlier.linear.decoderGains.map { 1 / $0 }
        let change = latents(gains, later.linear.decoderGains)
        func old(_ place: Range<Int>, _ row: Int, _ target: Int) -> Double {
            Double(earlier.parameters[place.lowerBound + row * targets + target])
        }
        for target in 0..<targets {
            let scaling = scalings[target % d]
            var constant = old(from.foresightConstant, 0, target) - scaling.offset
            for latent in 0..<other {
                constant += Double(gains[latent]) * shift[latent] * old(from.latentForesight, latent, target)
            }
            for latent in 0..<k {
                var sum = 0.0
                for source in 0..<other {
                    sum += change[source * k + latent] * old(from.latentForesight, source, target)
                }
                parameters[to.latentForesight.lowerBound + latent * targets + target] = Float(sum / scaling.factor)
            }
            for cell in 0..<q {
                let weight = old(from.newestForesight, cell, target)
                constant += scalings[cell % d].offset * weight
                parameters[to.newestForesight.lowerBound + cell * targets + target] =
                    Float(scalings[cell % d].factor * weight / scaling.factor)
            }
            parameters[to.foresightConstant.lowerBound + target] = Float(constant / scaling.factor)
        }
    }
}
