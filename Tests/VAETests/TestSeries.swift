import LinearAlgebra
import RealModule
import VAE

/// Made-up series for the tests beside this file.
enum TestSeries {
    /// Windows (windows × D) that share no slot, each with what comes after it (windows × H·d), where that is given.
    ///
    /// Where a mask (of the same shape) is 0 the value is missing.
    static func apart(
        _ windows: Matrix, mask: Matrix? = nil, targets: Matrix? = nil, targetMask: Matrix? = nil, slotCount: Int,
        horizons: [Int] = NetworkShape.standardHorizons
    ) -> WindowSeries {
        let (width, d) = (windows.columnCount, windows.columnCount / slotCount)
        let length = slotCount + (targets == nil ? 0 : horizons.last ?? 0)
        var values = [Float](repeating: 0, count: windows.rowCount * length * d)
        var observed = values
        for row in 0..<windows.rowCount {
            for cell in 0..<width {
                values[row * length * d + cell] = windows[row, cell]
                observed[row * length * d + cell] = mask?[row, cell] ?? 1
            }
            guard let targets else { continue }
            for (index, horizon) in horizons.enumerated() {
                for channel in 0..<d {
                    let place = (row * length + slotCount - 1 + horizon) * d + channel
                    values[place] = targets[row, index * d + channel]
                    observed[place] = targetMask?[row, index * d + channel] ?? 1
                }
            }
        }
        return WindowSeries(
            channelCount: d, values: values, observed: observed,
            isForetellable: [Bool](repeating: targets != nil, count: windows.rowCount * length),
            ends: (0..<windows.rowCount).map { $0 * length + slotCount - 1 })
    }

    /// All windows of readings (slots × d), of which those are missing where the mask (same shape) is 0.
    static func whole(_ readings: Matrix, mask: Matrix? = nil, slotCount: Int) -> WindowSeries {
        WindowSeries(
            channelCount: readings.columnCount, values: readings.elements,
            observed: mask?.elements ?? [Float](repeating: 1, count: readings.elements.count),
            isForetellable: [Bool](repeating: true, count: readings.rowCount),
            ends: Array(slotCount - 1..<readings.rowCount))
    }

    /// A machine that goes round at an uneven pace (slots × 2): a steep wave and its square, which no linear latents hold well.
    static func machine(count: Int, noise: Double = 0.1, seed: UInt64) -> Matrix {
        var source = RandomSource(seed: seed)
        var readings = Matrix(rows: count, columns: 2)
        var phase = source.uniform() * 2 * .pi
        for slot in 0..<count {
            phase += 0.3 + 0.1 * source.normal()
            let wave = Double.sin(phase)
            readings[slot, 0] = Float(1.2 * Double.tanh(4 * wave) + noise * source.normal())
            readings[slot, 1] = Float(2 * wave * wave - 1 + noise * source.normal())
        }
        return readings
    }

    /// Two damped swings that noise drives, seen through noise (slots × 2): linear and Gaussian through and through.
    static func linearGaussian(count: Int, seed: UInt64) -> Matrix {
        var source = RandomSource(seed: seed)
        var readings = Matrix(rows: count, columns: 2)
        var (last, before) = ([0.0, 0.0], [0.0, 0.0])
        for slot in -100..<count {
            for channel in 0..<2 {
                let next = (1.7 - 0.3 * Double(channel)) * last[channel] - 0.85 * before[channel]
                (before[channel], last[channel]) = (last[channel], next + 0.3 * source.normal())
            }
            guard slot >= 0 else { continue }
            readings[slot, 0] = Float(0.7 * last[0] + 0.3 * source.normal())
            readings[slot, 1] = Float(0.4 * last[0] + 0.8 * last[1] + 0.3 * source.normal())
        }
        return readings
    }

    /// Numbers from the standard normal distribution (rows × columns).
    static func noise(rows: Int, columns: Int, seed: UInt64) -> Matrix {
        var source = RandomSource(seed: seed)
        return Matrix(
            rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in Float(source.normal()) })
    }

    /// A mask in which this share is missing (rows × columns).
    static func mask(rows: Int, columns: Int, missing: Double, seed: UInt64) -> Matrix {
        var source = RandomSource(seed: seed)
        return Matrix(
            rows: rows, columns: columns,
            elements: (0..<rows * columns).map { _ in source.uniform() < missing ? 0 : 1 })
    }
}

extension WindowSeries {
    /// The same slots with every window whose place among all windows is in the range.
    func windows(_ places: Range<Int>) -> WindowSeries { with(ends: Array(ends[places])) }
}

/// A group of a network's parameters, as ``VariationalAutoencoder/parameters`` lists them.
enum ParameterGroup: Int, CaseIterable {
    case encoderWeights, encoderBias, correctionWeights, correctionBias
    case decoderWeights, decoderBias, outputWeights, outputBias
    case logVariance, latentForesight, newestForesight, foresightConstant, noise, foresightNoise

    /// Its place among the parameters of networks of a shape: counted here anew, not taken from the code under test.
    func range(in shape: NetworkShape) -> Range<Int> {
        let (k, h, d) = (shape.latentCount, shape.hiddenCount, shape.inputCount)
        let (targets, q) = (shape.foretoldCount, shape.newestCount)
        let sizes = [
            k * h, h, h * 2 * k, 2 * k, k * h, h, h * (d + targets), d + targets, k, k * targets, q * targets, targets,
            d,
            targets,
        ]
        let start = sizes[..<rawValue].reduce(0, +)
        return start..<start + sizes[rawValue]
    }
}

extension VariationalAutoencoder {
    /// A network in which nothing is zero: orthonormal directions, of which no one but chance decides, and weights from a seed.
    static func random(_ shape: NetworkShape, seed: UInt64) -> VariationalAutoencoder {
        var source = RandomSource(seed: seed)
        let (width, k) = (shape.inputCount, shape.latentCount)
        var directions: [[Double]] = []
        while directions.count < k {
            var next = (0..<width).map { _ in source.normal() }
            for other in directions {
                let share = zip(next, other).reduce(0.0) { $0 + $1.0 * $1.1 }
                for cell in 0..<width { next[cell] -= share * other[cell] }
            }
            let length = next.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
            directions.append(next.map { $0 / length })
        }
        let linear = LinearPath(
            center: (0..<width).map { _ in Float(0.3 * source.normal()) },
            directions: directions.joined().map { Float($0) },
            variances: (0..<k).map { Float(5 / (1 + 0.7 * Double($0)) + 0.3) }, residualVariance: 0.21)
        var parameters = (0..<parameterCount(of: shape)).map { _ in Float(0.4 * source.normal()) }
        for group in [ParameterGroup.logVariance, .noise, .foresightNoise] {
            for index in group.range(in: shape) { parameters[index] -= 1 }
        }
        return VariationalAutoencoder(shape: shape, linear: linear, parameters: parameters)
    }

    /// The network with parameters of a group changed.
    func changing(_ group: ParameterGroup, _ change: (Int, Float) -> Float) -> VariationalAutoencoder {
        var changed = parameters
        let range = group.range(in: shape)
        for index in range { changed[index] = change(index - range.lowerBound, changed[index]) }
        return VariationalAutoencoder(shape: shape, linear: linear, parameters: changed)
    }

    /// The network trained further, to the end, and how that went.
    func trained(
        on series: WindowSeries, seed: UInt64, _ change: (inout TrainingSettings) -> Void = { _ in }
    ) throws -> (network: VariationalAutoencoder, report: TrainingReport) {
        var settings = TrainingSettings()
        settings.stepCount = 600
        change(&settings)
        var run = try TrainingRun(network: self, series: series, settings: settings, seed: seed)
        while !run.isFinished { run.step() }
        return (run.network, run.report)
    }
}
