import LinearAlgebra
import Testing
import VAE

struct CausalGradientTests {
    private static let shapes = [
        CausalForecaster.Shape(channelCount: 2, slotCount: 5, binCount: 4, width: 6, headCount: 2, blockCount: 2),
        CausalForecaster.Shape(channelCount: 1, slotCount: 9, binCount: 7, width: 9, headCount: 1, blockCount: 1),
    ]

    @Test(.timeLimit(.minutes(2)), arguments: shapes.indices, UInt64(1)...3)
    func `every parameter's gradient is the slope of the loss`(index: Int, seed: UInt64) {
        let shape = Self.shapes[index]
        let network = CausalSeries.network(shape, seed: seed)
        var loss = CausalLoss(shape: shape, quantizers: network.quantizers, windowLimit: 4)
        let (windows, mask) = CausalSeries.noise(
            rows: 3, columns: shape.slotCount * shape.channelCount, seed: seed + 10)
        for row in 0..<3 {
            let cells = row * windows.columnCount..<(row + 1) * windows.columnCount
            loss.append(windows.elements.span.extracting(cells), mask: mask.elements.span.extracting(cells))
        }
        var parameters = network.parameters
        let sum = loss.forward(parameters: parameters)
        #expect(sum.valueCount == mask.elements.count { $0 != 0 } && sum.valueCount < mask.elements.count)
        var gradient = [Float](repeating: .nan, count: parameters.count)
        loss.backward(parameters: parameters, gradient: &gradient)

        // Two central differences, as for the evidence lower bound.
        func slope(_ index: Int, _ distance: Float) -> Double {
            let start = parameters[index]
            defer { parameters[index] = start }
            parameters[index] = start + distance
            let (above, width) = (loss.forward(parameters: parameters).mean, parameters[index])
            parameters[index] = start - distance
            return (above - loss.forward(parameters: parameters).mean) / Double(width - parameters[index])
        }
        let scale = Double(gradient.map(abs).max() ?? 0)
        #expect(scale > 0.01)
        for index in parameters.indices {
            let expected = (4 * slope(index, 0.02) - slope(index, 0.04)) / 3
            let difference = abs(Double(gradient[index]) - expected)
            #expect(
                difference <= 2e-3 * abs(expected) + 2e-4 * scale, "parameter \(index): \(gradient[index]), \(expected)"
            )
        }
    }

    @Test func `what a missing value holds changes nothing`() {
        let shape = Self.shapes[0]
        let network = CausalSeries.network(shape, seed: 1)
        let (windows, mask) = CausalSeries.noise(rows: 4, columns: 10, seed: 2)
        var others = windows
        for index in others.elements.indices where mask.elements[index] == 0 {
            others.elements[index] = [.nan, .infinity, -1e30, 17][index % 4]
        }
        func results(_ windows: Matrix) -> [UInt32] {
            let losses = network.negativeLogLikelihoods(of: windows, mask: mask, newest: 5)
            var loss = CausalLoss(shape: shape, quantizers: network.quantizers, windowLimit: 1)
            loss.append(windows.elements.span.extracting(0..<10), mask: mask.elements.span.extracting(0..<10))
            _ = loss.forward(parameters: network.parameters)
            var gradient = network.parameters
            loss.backward(parameters: network.parameters, gradient: &gradient)
            return (losses.elements + gradient).map(\.bitPattern)
        }
        #expect(results(windows) == results(others))
    }

    @Test func `a batch without any observed value has no loss and no gradient`() {
        let shape = Self.shapes[0]
        let network = CausalSeries.network(shape, seed: 1)
        var loss = CausalLoss(shape: shape, quantizers: network.quantizers, windowLimit: 1)
        let nothing = [Float](repeating: 0, count: 10)
        loss.append(nothing.span, mask: nothing.span)
        #expect(loss.forward(parameters: network.parameters).mean == 0)
        var gradient = network.parameters
        loss.backward(parameters: network.parameters, gradient: &gradient)
        #expect(gradient.allSatisfy { $0 == 0 })
    }
}
