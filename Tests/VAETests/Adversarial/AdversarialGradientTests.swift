import LinearAlgebra
import Testing
import VAE

struct AdversarialGradientTests {
    private static let shape = AdversarialAutoencoder.Shape(inputCount: 6, hiddenCount: 7, latentCount: 2)
    private static let rows = 8

    /// Weights off their starting point, and windows of which every other one is small enough for AE2's second pass to be
    /// below the margin and the others are large enough for it to be beyond.
    private func make(seed: UInt64, isMasked: Bool) -> (parameters: [Float], loss: AdversarialLoss) {
        var source = RandomSource(seed: seed)
        var parameters = AdversarialAutoencoder(shape: Self.shape, seed: seed).parameters
        for index in parameters.indices { parameters[index] += Float(source.normal()) * 0.1 }
        var windows = Matrix(rows: Self.rows, columns: Self.shape.inputCount)
        var mask = windows
        for row in 0..<Self.rows {
            for column in 0..<Self.shape.inputCount {
                windows[row, column] = Float(source.uniform() * 2 - 1) * (row % 2 == 0 ? 0.2 : 1)
                if row % 2 == 1 { windows[row, column] += windows[row, column] < 0 ? -2.5 : 2.5 }
                mask[row, column] = source.uniform() < 0.3 ? 0 : 1
            }
        }
        var loss = AdversarialLoss(shape: Self.shape, rowLimit: Self.rows + 3)
        for row in 0..<Self.rows { loss.append(row: row, of: windows, mask: isMasked ? mask : nil) }
        return (parameters, loss)
    }

    @Test(arguments: [(1.0, false), (1.5, false), (1.5, true), (4, false), (4, true)], UInt64(1)...3)
    func `each part of the network follows the slope of its own loss`(setting: (Double, Bool), seed: UInt64) {
        let (n, isMasked) = setting
        var (parameters, loss) = make(seed: seed, isMasked: isMasked)
        let parts = loss.forward(parameters: parameters)
        // Some windows are below the margin and some beyond, so that both branches are checked.
        #expect(parts.shortfall > 1 && parts.secondPass > Double(Self.rows * Self.shape.inputCount))
        var gradient = [Float](repeating: .nan, count: parameters.count)
        loss.backward(parameters: parameters, n: n, gradient: &gradient)

        let (d, h, l) = (Self.shape.inputCount, Self.shape.hiddenCount, Self.shape.latentCount)
        let encoderCount = (d + 1) * h + (h + 1) * l
        let decoderCount = (l + 1) * h + (h + 1) * d
        #expect(parameters.count == encoderCount + 2 * decoderCount)
        /// The loss that a parameter learns from: the encoder's from both, each decoder's from its own.
        func value(for index: Int) -> Double {
            let (first, second) = loss.losses(of: loss.forward(parameters: parameters), n: n)
            return index < encoderCount ? first + second : index < encoderCount + decoderCount ? first : second
        }
        // Two central differences, as for the evidence lower bound.
        func slope(_ index: Int, _ distance: Float) -> Double {
            let start = parameters[index]
            defer { parameters[index] = start }
            parameters[index] = start + distance
            let (above, width) = (value(for: index), parameters[index])
            parameters[index] = start - distance
            return (above - value(for: index)) / Double(width - parameters[index])
        }
        let scale = Double(gradient.map(abs).max() ?? 0)
        #expect(scale > 0.01)
        for index in parameters.indices {
            let expected = (4 * slope(index, 0.02) - slope(index, 0.04)) / 3
            let difference = abs(Double(gradient[index]) - expected)
            #expect(
                difference <= 1e-3 * abs(expected) + 2e-4 * scale, "parameter \(index): \(gradient[index]), \(expected)"
            )
        }
    }

    @Test(arguments: UInt64(1)...3)
    func `where the second pass is bad enough, the second decoder learns from real windows alone`(seed: UInt64) {
        let n = 2.0
        let (parameters, _) = make(seed: seed, isMasked: false)
        let far = Matrix(rows: 4, columns: 6, elements: [Float](repeating: 5, count: 24))
        var loss = AdversarialLoss(shape: Self.shape, rowLimit: 4)
        for row in 0..<4 { loss.append(row: row, of: far, mask: nil) }
        let parts = loss.forward(parameters: parameters)
        #expect(parts.shortfall == 0 && parts.secondPass > 24)
        var (withGame, without) = (parameters, parameters)
        loss.backward(parameters: parameters, n: n, gradient: &withGame)
        loss.backward(parameters: parameters, n: 1, gradient: &without)
        let decoderCount = (2 + 1) * 7 + (7 + 1) * 6
        for index in parameters.count - decoderCount..<parameters.count {
            #expect(abs(withGame[index] - without[index] / Float(n)) <= 1e-6 * abs(without[index]))
        }
    }

    @Test func `an output that is clipped has no gradient`() {
        let (start, _) = make(seed: 1, isMasked: false)
        let decoderCount = (2 + 1) * 7 + (7 + 1) * 6
        let firstBias = start.count - decoderCount - 6
        var parameters = start
        parameters[firstBias + 2] = 20
        let windows = Matrix(rows: 3, columns: 6)
        var loss = AdversarialLoss(shape: Self.shape, rowLimit: 3)
        for row in 0..<3 { loss.append(row: row, of: windows, mask: nil) }
        _ = loss.forward(parameters: parameters)
        var gradient = parameters
        loss.backward(parameters: parameters, n: 2, gradient: &gradient)
        for column in 0..<6 { #expect((gradient[firstBias + column] == 0) == (column == 2)) }
        let network = AdversarialAutoencoder(shape: Self.shape, parameters: parameters)
        let outputs = network.reconstruct(windows).reconstructions
        #expect(outputs[0, 2] == 8 && abs(outputs[0, 1]) < 8)
    }

    @Test(arguments: UInt64(1)...5)
    func `what a masked cell holds changes nothing`(seed: UInt64) {
        let network = AdversarialAutoencoder(shape: Self.shape, seed: seed)
        var source = RandomSource(seed: seed)
        var windows = Matrix(rows: 8, columns: 6)
        var mask = windows
        for index in windows.elements.indices {
            windows.elements[index] = Float(source.normal())
            mask.elements[index] = source.uniform() < 0.4 ? 0 : 1
        }
        var others = windows
        for index in windows.elements.indices where mask.elements[index] == 0 {
            others.elements[index] = [.nan, .infinity, -1e30, 17][source.index(below: 4)]
        }
        func results(_ windows: Matrix) -> [UInt64] {
            var loss = AdversarialLoss(shape: Self.shape, rowLimit: 8)
            for row in 0..<8 { loss.append(row: row, of: windows, mask: mask) }
            let parts = loss.forward(parameters: network.parameters)
            var gradient = network.parameters
            loss.backward(parameters: network.parameters, n: 1.7, gradient: &gradient)
            let (first, second) = network.reconstruct(windows, mask: mask)
            let scores = network.scores(of: windows, mask: mask)
            return [parts.first, parts.second, parts.secondPass, parts.shortfall].map(\.bitPattern)
                + (gradient + first.elements + second.elements + scores).map { UInt64($0.bitPattern) }
        }
        #expect(results(windows) == results(others))
    }
}
