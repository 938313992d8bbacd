import LinearAlgebra
import Testing
import VAE

/// A loss to take the gradient of: which parts of it there are.
struct GradientCase: Sendable, CustomTestStringConvertible {
    var name: String
    var beta: Float
    /// Whether cells and targets are missing.
    var isMasked = false
    /// Whether a cell's noise and a target's lie below what is least.
    var isFloored = false

    var testDescription: String { name }

    static let all: [GradientCase] = [
        GradientCase(name: "β = 1", beta: 1),
        GradientCase(name: "β = 1, missing cells and targets", beta: 1, isMasked: true),
        GradientCase(
            name: "β = 0.3, missing cells and targets, noise below its floor", beta: 0.3, isMasked: true,
            isFloored: true),
        GradientCase(name: "plain autoencoder", beta: 0),
        GradientCase(
            name: "plain autoencoder, missing cells and targets, noise below its floor", beta: 0, isMasked: true,
            isFloored: true),
    ]

    static let shape = NetworkShape(
        slotCount: 5, channelCount: 2, latentCount: 3, hiddenCount: 4, newestSlots: 2, horizons: [1, 3])
    /// What has noise below its floor.
    static let (flooredCell, flooredTarget) = (1, 2)

    /// A network whose residual path is not zero, and a bound that holds a batch with its draws.
    func make(seed: UInt64) -> (network: VariationalAutoencoder, bound: EvidenceLowerBound) {
        let (shape, rows) = (Self.shape, 9)
        var network = VariationalAutoencoder.random(shape, seed: seed)
        // One log-variance beyond the range on either side: there the loss does not depend on it.
        network = network.changing(.logVariance) { [7, $1, -20][$0] }
        var windows = TestSeries.noise(rows: rows, columns: shape.inputCount, seed: seed &+ 1_000)
        var targets = TestSeries.noise(rows: rows, columns: shape.foretoldCount, seed: seed &+ 2_000)
        if isFloored {
            network = floored(network)
            // What has so little noise has small errors, or the loss would be of them alone.
            let (_, rebuilt, foretold) = network.reconstruct(windows)
            for row in 0..<rows {
                let error: Float = row.isMultiple(of: 2) ? 0.04 : -0.03
                windows[row, Self.flooredCell] = rebuilt[row, Self.flooredCell] + error
                targets[row, Self.flooredTarget] = foretold[row, Self.flooredTarget] + error
            }
        }
        func mask(_ columns: Int) -> Matrix {
            TestSeries.mask(rows: rows, columns: columns, missing: isMasked ? 0.3 : 0, seed: seed &+ UInt64(columns))
        }
        let series = TestSeries.apart(
            windows, mask: mask(shape.inputCount), targets: targets, targetMask: mask(shape.foretoldCount),
            slotCount: shape.slotCount, horizons: shape.horizons)
        var bound = EvidenceLowerBound(of: network, rowLimit: rows + 2)
        for end in series.ends { bound.batch.append(series, endingIn: end) }
        bound.batch.addInputNoise(
            TestSeries.noise(rows: rows, columns: shape.inputCount, seed: seed &+ 3_000).elements.map { 0.1 * $0 })
        bound.epsilon = TestSeries.noise(rows: rows + 2, columns: shape.latentCount, seed: seed &+ 4_000).elements
        return (network, bound)
    }

    /// The network with little noise in a cell that the encoder does not see, and in a target; weights to both are small.
    private func floored(_ network: VariationalAutoencoder) -> VariationalAutoencoder {
        let (width, outputs) = (Self.shape.inputCount, Self.shape.inputCount + Self.shape.foretoldCount)
        var directions = network.linear.directions
        for latent in 0..<Self.shape.latentCount { directions[latent * width + Self.flooredCell] = 0 }
        let places = [Self.flooredCell, width + Self.flooredTarget]
        return VariationalAutoencoder(
            shape: Self.shape,
            linear: LinearPath(
                center: network.linear.center, directions: directions, variances: network.linear.variances,
                residualVariance: network.linear.residualVariance), parameters: network.parameters
        )
        .changing(.outputWeights) { places.contains($0 % outputs) ? 0.05 * $1 : $1 }
        .changing(.latentForesight) { $0 % Self.shape.foretoldCount == Self.flooredTarget ? 0.05 * $1 : $1 }
        .changing(.noise) { $0 == Self.flooredCell ? -6.5 : $1 }
        .changing(.foresightNoise) { $0 == Self.flooredTarget ? -7.5 : $1 }
    }
}

struct GradientTests {
    @Test(.timeLimit(.minutes(2)), arguments: GradientCase.all, UInt64(1)...3)
    func `every parameter's gradient is the slope of the loss`(gradientCase: GradientCase, seed: UInt64) {
        var (network, bound) = gradientCase.make(seed: seed)
        var parameters = network.parameters
        let beta = gradientCase.beta
        _ = bound.loss(parameters: parameters, beta: beta)
        var gradient = [Float](repeating: .nan, count: parameters.count)
        bound.backward(parameters: parameters, beta: beta, gradient: &gradient)

        // Two central differences, combined so that the error falls with the fourth power of the distance: it may then
        // be wide enough for single precision not to matter.
        func slope(_ index: Int, _ distance: Float) -> Double {
            let value = parameters[index]
            defer { parameters[index] = value }
            parameters[index] = value + distance
            let (above, width) = (bound.loss(parameters: parameters, beta: beta), parameters[index])
            parameters[index] = value - distance
            return (above - bound.loss(parameters: parameters, beta: beta)) / Double(width - parameters[index])
        }
        for group in ParameterGroup.allCases {
            let range = group.range(in: network.shape)
            let scale = Double(gradient[range].map(abs).max() ?? 0)
            // Without a draw the log-variance has no part in the loss.
            if group == .logVariance, beta == 0 {
                #expect(gradient[range].allSatisfy { $0 == 0 })
            } else {
                #expect(scale > 1e-3, "\(group)")
            }
            for index in range {
                let expected = (4 * slope(index, 0.02) - slope(index, 0.04)) / 3
                let difference = abs(Double(gradient[index]) - expected)
                #expect(
                    difference <= 2e-3 * abs(expected) + 1e-3 * scale,
                    "\(group) \(index - range.lowerBound): \(gradient[index]), \(expected)")
            }
        }
    }

    @Test(arguments: [Float(0), 1])
    func `noise below its floor and log-variances beyond their range have no slope`(beta: Float) {
        var gradientCase = GradientCase.all[2]
        gradientCase.beta = beta
        var (network, bound) = gradientCase.make(seed: 1)
        _ = bound.loss(parameters: network.parameters, beta: beta)
        var gradient = [Float](repeating: .nan, count: network.parameters.count)
        bound.backward(parameters: network.parameters, beta: beta, gradient: &gradient)
        func slope(_ group: ParameterGroup, _ index: Int) -> Float {
            gradient[group.range(in: network.shape).lowerBound + index]
        }
        #expect(slope(.noise, GradientCase.flooredCell) == 0)
        #expect(slope(.noise, GradientCase.flooredCell + 1) != 0)
        #expect(slope(.foresightNoise, GradientCase.flooredTarget) == 0)
        #expect(slope(.foresightNoise, GradientCase.flooredTarget + 1) != 0)
        #expect(slope(.logVariance, 0) == 0 && slope(.logVariance, 2) == 0)
        #expect((slope(.logVariance, 1) != 0) == (beta > 0))
    }

    /// Loss, its parts and the gradient of one batch.
    private func results(_ network: VariationalAutoencoder, _ series: WindowSeries, beta: Float) -> [UInt64] {
        var bound = EvidenceLowerBound(of: network, rowLimit: series.ends.count)
        for end in series.ends { bound.batch.append(series, endingIn: end) }
        for index in bound.epsilon.indices { bound.epsilon[index] = 0.3 }
        let parts = bound.forward(parameters: network.parameters, beta: beta)
        var gradient = network.parameters
        bound.backward(parameters: network.parameters, beta: beta, gradient: &gradient)
        return [parts.reconstruction, parts.divergence, parts.foresight].map(\.bitPattern)
            + gradient.map { UInt64($0.bitPattern) }
    }

    @Test(arguments: [Float(0), 0.7], UInt64(1)...5)
    func `what stands in for a missing value is not what has to be rebuilt or foretold`(beta: Float, seed: UInt64) {
        // The encoder sees what stands in for a missing cell, so here it does not look at the first slot's two cells.
        let shape = GradientCase.shape
        var network = VariationalAutoencoder.random(shape, seed: seed)
        var directions = network.linear.directions
        for latent in 0..<shape.latentCount { (0..<2).forEach { directions[latent * shape.inputCount + $0] = 0 } }
        network = VariationalAutoencoder(
            shape: shape,
            linear: LinearPath(
                center: network.linear.center, directions: directions, variances: network.linear.variances,
                residualVariance: network.linear.residualVariance), parameters: network.parameters)
        let (windows, targets) = (
            TestSeries.noise(rows: 8, columns: 10, seed: seed), TestSeries.noise(rows: 8, columns: 4, seed: seed + 9)
        )
        var (mask, targetMask) = (Matrix(rows: 8, columns: 10), Matrix(rows: 8, columns: 4))
        for row in 0..<8 {
            for cell in 0..<10 { mask[row, cell] = cell < 2 && (row + cell) % 3 == 0 ? 0 : 1 }
            for target in 0..<4 { targetMask[row, target] = (row + target) % 3 == 0 ? 0 : 1 }
        }
        func results(_ standIn: (Float) -> Float) -> [UInt64] {
            var (windows, targets) = (windows, targets)
            for index in mask.elements.indices where mask.elements[index] == 0 {
                windows.elements[index] = standIn(windows.elements[index])
            }
            for index in targetMask.elements.indices where targetMask.elements[index] == 0 {
                targets.elements[index] = standIn(targets.elements[index])
            }
            return self.results(
                network,
                TestSeries.apart(
                    windows, mask: mask, targets: targets, targetMask: targetMask, slotCount: 5, horizons: [1, 3]),
                beta: beta)
        }
        #expect(results { $0 } == results { -17 * $0 })
    }

    @Test func `a cell that is missing counts for nothing and one that is observed does`() {
        let network = VariationalAutoencoder.random(GradientCase.shape, seed: 1)
        let windows = TestSeries.noise(rows: 1, columns: 10, seed: 1)
        func reconstruction(observed: Set<Int>) -> Double {
            let mask = Matrix(rows: 1, columns: 10, elements: (0..<10).map { observed.contains($0) ? 1 : 0 })
            let series = TestSeries.apart(windows, mask: mask, slotCount: 5)
            return network.negativeELBO(of: series, beta: 0, seed: 1).reconstruction
        }
        let each = (0..<10).map { reconstruction(observed: [$0]) }
        #expect(reconstruction(observed: []) == 0)
        #expect(each.allSatisfy { $0 != 0 })
        #expect(abs(reconstruction(observed: Set(0..<10)) - each.reduce(0, +)) < 1e-5)
    }
}
