import LinearAlgebra
import RealModule
import VAE

/// Made-up readings and forecasters for the tests beside this file.
enum CausalSeries {
    /// A sine with noise (slots × 1).
    static func sine(count: Int, noise: Double = 0.1, seed: UInt64) -> Matrix {
        var source = RandomSource(seed: seed)
        var readings = Matrix(rows: count, columns: 1)
        for slot in 0..<count {
            readings[slot, 0] = Float(1.4 * Double.sin(0.25 * Double(slot)) + noise * source.normal())
        }
        return readings
    }

    /// A machine that is seven slots in one state and five in the other (slots × 1), with a little noise.
    static func twoStates(count: Int, seed: UInt64) -> Matrix {
        var source = RandomSource(seed: seed)
        var readings = Matrix(rows: count, columns: 1)
        for slot in 0..<count { readings[slot, 0] = (slot % 12 < 7 ? -1 : 1) + 0.05 * Float(source.normal()) }
        return readings
    }

    /// Noise, and a mask in which about a third is missing; the same sizes.
    static func noise(rows: Int, columns: Int, seed: UInt64) -> (values: Matrix, mask: Matrix) {
        var source = RandomSource(seed: seed)
        var values = Matrix(rows: rows, columns: columns)
        var mask = values
        for index in values.elements.indices {
            values.elements[index] = Float(source.normal())
            mask.elements[index] = source.uniform() < 0.3 ? 0 : 1
        }
        return (values, mask)
    }

    /// All windows of T slots (windows × T · d), one behind the other.
    static func windows(_ readings: Matrix, slotCount: Int) -> Matrix {
        let d = readings.columnCount
        let count = readings.rowCount - slotCount + 1
        let elements = (0..<count).flatMap { readings.elements[$0 * d..<($0 + slotCount) * d] }
        return Matrix(rows: count, columns: slotCount * d, elements: elements)
    }

    /// A forecaster of random weights, none of them 0.
    static func network(_ shape: CausalForecaster.Shape, seed: UInt64) -> CausalForecaster {
        let values = noise(rows: 200, columns: 1, seed: seed).values.elements
        let quantizers = (0..<shape.channelCount).map { channel in
            ValueQuantizer(values: values.map { $0 * Float(1 + channel) }, binCount: shape.binCount)
        }
        var source = RandomSource(seed: seed)
        var parameters = CausalForecaster(shape: shape, quantizers: quantizers, seed: seed).parameters
        for index in parameters.indices { parameters[index] += Float(source.normal()) * 0.2 }
        return CausalForecaster(shape: shape, quantizers: quantizers, parameters: parameters)
    }

    /// The mean of −log density of values (n), in nats, if each is foretold to be like the training values.
    static func unconditional(_ values: [Float], _ quantizer: ValueQuantizer) -> Double {
        values.reduce(0) { sum, value in
            let bin = quantizer.bin(of: value)
            return sum + Double(quantizer.logWidths[bin]) - Double.log(Double(quantizer.shares[bin]))
        } / Double(values.count)
    }

    static func mean(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } / Double(values.count) }
}
