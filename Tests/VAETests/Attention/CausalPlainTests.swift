import LinearAlgebra
import RealModule
import Testing
import VAE

/// The forecaster written down a second time, number by number in `Double`, as the papers have it.
struct PlainForecaster {
    let shape: CausalForecaster.Shape
    private var rest: ArraySlice<Float>

    init(_ network: CausalForecaster) {
        shape = network.shape
        rest = network.parameters[...]
    }

    private mutating func take(_ rows: Int, _ columns: Int) -> [[Double]] {
        defer { rest = rest.dropFirst(rows * columns) }
        let values = rest.prefix(rows * columns).map(Double.init)
        return (0..<rows).map { Array(values[$0 * columns..<($0 + 1) * columns]) }
    }

    private static func product(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
        a.map { row in
            b[0].indices.map { column in row.indices.reduce(0) { $0 + row[$1] * b[$1][column] } }
        }
    }

    private mutating func affine(_ x: [[Double]], _ outputs: Int) -> [[Double]] {
        let weights = take(x[0].count, outputs)
        let bias = take(1, outputs)[0]
        return Self.product(x, weights).map { zip($0, bias).map(+) }
    }

    private mutating func normalized(_ x: [[Double]]) -> [[Double]] {
        let gain = take(1, shape.width)[0]
        let shift = take(1, shape.width)[0]
        return x.map { row in
            let mean = row.reduce(0, +) / Double(row.count)
            let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
            return row.indices.map { (row[$0] - mean) / (variance + 1e-5).squareRoot() * gain[$0] + shift[$0] }
        }
    }

    private mutating func attention(_ x: [[Double]]) -> [[Double]] {
        let (w, h) = (shape.width, shape.width / shape.headCount)
        let projections = Self.product(x, take(w, 3 * w))
        var gathered = x
        for position in x.indices {
            for head in 0..<shape.headCount {
                let scores = (0...position).map { other in
                    (head * h..<(head + 1) * h).reduce(0) {
                        $0 + projections[position][$1] * projections[other][w + $1]
                    } / Double(h).squareRoot()
                }
                let powers = scores.map { Double.exp($0) }
                let sum = powers.reduce(0, +)
                for feature in head * h..<(head + 1) * h {
                    gathered[position][feature] = (0...position).reduce(0) {
                        $0 + powers[$1] / sum * projections[$1][2 * w + feature]
                    }
                }
            }
        }
        return affine(gathered, w)
    }

    /// The logits (T × d · B) of each slot of a window, given the slots before it.
    mutating func logits(of window: [Float], mask: [Float]) -> [[Double]] {
        let (t, d, w) = (shape.slotCount, shape.channelCount, shape.width)
        let inputs = (0..<t).map { position -> [Double] in
            guard position > 0 else { return [Double](repeating: 0, count: 2 * d) }
            let cells = (position - 1) * d..<position * d
            return cells.map { mask[$0] == 0 ? 0 : Double(window[$0]) } + cells.map { Double(mask[$0]) }
        }
        func sum(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] { zip(a, b).map { zip($0, $1).map(+) } }
        var x = Self.product(inputs, take(2 * d, w))
        x = sum(x, take(t, w))
        for _ in 0..<shape.blockCount {
            let attended = normalized(x)
            x = sum(x, attention(attended))
            let entering = normalized(x)
            let hidden = affine(entering, 4 * w).map { $0.map { Double.tanh($0) } }
            x = sum(x, affine(hidden, w))
        }
        let last = normalized(x)
        return affine(last, d * shape.binCount)
    }
}

struct CausalPlainTests {
    private static let shapes = [
        CausalForecaster.Shape(channelCount: 2, slotCount: 9, binCount: 5, width: 12, headCount: 3),
        CausalForecaster.Shape(channelCount: 1, slotCount: 16, binCount: 8, width: 10, headCount: 2, blockCount: 3),
        CausalForecaster.Shape(channelCount: 1),
    ]

    /// Single precision against double, relative to the largest logit.
    @Test(arguments: shapes.indices, UInt64(1)...2)
    func `logits are those that the papers' formulas give`(index: Int, seed: UInt64) {
        let shape = Self.shapes[index]
        let network = CausalSeries.network(shape, seed: seed)
        let (window, mask) = CausalSeries.noise(rows: 1, columns: shape.slotCount * shape.channelCount, seed: seed + 5)
        var scratch = CausalForecaster.Scratch(for: shape)
        let found = network.logits(of: window.elements.span, mask: mask.elements.span, scratch: &scratch)
        var plain = PlainForecaster(network)
        let expected = plain.logits(of: window.elements, mask: mask.elements).flatMap { $0 }
        #expect(found.elements.count == expected.count)
        let scale = expected.map { abs($0) }.max() ?? 0
        let error = zip(found.elements, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
        #expect(error <= 2e-5 * scale, "\(error) of \(scale)")
    }
}
