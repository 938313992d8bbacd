import Foundation
import LinearAlgebra
import Testing
import VAE

/// The numbers that Fixtures/make_reference.py wrote.
struct Reference: Decodable {
    struct Network: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var inputCount, hiddenCount, latentCount, rowCount: Int
        var kinds: [UInt8]
        var beta: Float
        var fixedNoise: Float?
        var parameters: [Float]
        var windows, masks, epsilons: [[Float]]
        var loss, reconstruction, divergence: Double
        var gradient, latents, outputs: [Float]
        var peakRate, warmUpShare, normLimit: Double
        var norms: [Double]
        var trained: [[Float]]

        var testDescription: String { name }

        var shape: NetworkShape {
            NetworkShape(
                inputCount: inputCount, hiddenCount: hiddenCount, latentCount: latentCount,
                outputKinds: kinds.map { $0 == 1 ? .bernoulli : .gaussian },
                outputNoise: fixedNoise.map { .fixed($0) } ?? .learned)
        }

        func matrix(_ elements: [Float]) -> Matrix { Matrix(rows: rowCount, columns: inputCount, elements: elements) }

        func load(batch: Int, into bound: inout EvidenceLowerBound) {
            bound.removeRows()
            let (windows, mask) = (matrix(windows[batch]), matrix(masks[batch]))
            for row in 0..<rowCount { bound.append(row: row, of: windows, mask: mask) }
            for (index, value) in epsilons[batch].enumerated() { bound.epsilon[index] = value }
        }
    }
    struct OneCycle: Decodable {
        var stepCount: Int
        var peak, warmUpShare: Double
        var steps: [Int]
        var rates: [Double]
    }
    var networks: [Network]
    var oneCycle: OneCycle

    static let recorded: Reference = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/reference.json")
        do {
            return try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
        } catch {
            preconditionFailure("\(file.path) cannot be read: \(error)")
        }
    }()
}

/// Single precision against double: the stated tolerances are relative to the largest number of the kind.
struct ReferenceTests {
    private func largestDifference(_ found: [Float], _ expected: [Float]) -> Float {
        let scale = expected.map(abs).max() ?? 1
        guard found.count == expected.count else { return .infinity }
        return zip(found, expected).map { abs($0 - $1) / scale }.max() ?? 0
    }

    @Test(arguments: Reference.recorded.networks)
    func `loss and gradient are those of an independent implementation`(network: Reference.Network) {
        var bound = EvidenceLowerBound(shape: network.shape, rowLimit: network.rowCount + 3)
        network.load(batch: 0, into: &bound)
        let parts = bound.forward(parameters: network.parameters, beta: network.beta)
        #expect(abs(parts.reconstruction / network.reconstruction - 1) < 2e-6)
        #expect(abs(parts.divergence - network.divergence) <= 2e-6 * network.divergence)
        let loss = bound.loss(parameters: network.parameters, beta: network.beta)
        #expect(abs(loss / network.loss - 1) < 2e-6)
        var gradient = [Float](repeating: .nan, count: network.parameters.count)
        bound.backward(parameters: network.parameters, beta: network.beta, gradient: &gradient)
        #expect(largestDifference(gradient, network.gradient) < 5e-6)
    }

    @Test(arguments: Reference.recorded.networks)
    func `reconstructions are those of an independent implementation`(network: Reference.Network) {
        let model = VariationalAutoencoder(shape: network.shape, parameters: network.parameters)
        let (latents, outputs) = model.reconstruct(
            network.matrix(network.windows[0]), mask: network.matrix(network.masks[0]))
        #expect(largestDifference(latents.elements, network.latents) < 2e-6)
        #expect(largestDifference(outputs.elements, network.outputs) < 2e-6)
    }

    @Test(arguments: Reference.recorded.networks)
    func `optimizer steps lead where those of an independent implementation lead`(network: Reference.Network) {
        var settings = TrainingSettings()
        settings.stepCount = network.windows.count
        settings.peakLearningRate = network.peakRate
        settings.warmUpShare = network.warmUpShare
        let rate = OneCycleRate(settings)
        var optimizer = AdamOptimizer(parameterCount: network.parameters.count)
        var bound = EvidenceLowerBound(shape: network.shape, rowLimit: network.rowCount)
        var parameters = network.parameters
        var gradient = parameters
        for step in network.windows.indices {
            network.load(batch: step, into: &bound)
            _ = bound.loss(parameters: parameters, beta: network.beta)
            bound.backward(parameters: parameters, beta: network.beta, gradient: &gradient)
            let norm = clipNorm(of: &gradient, to: network.normLimit)
            #expect(abs(norm / network.norms[step] - 1) < 1e-4)
            optimizer.step(rate: rate.rate(at: step), gradient: gradient, parameters: &parameters)
            #expect(largestDifference(parameters, network.trained[step]) < 5e-5, "step \(step)")
        }
    }

    @Test func `the learning rate is that of PyTorch's one-cycle schedule`() {
        let recorded = Reference.recorded.oneCycle
        var settings = TrainingSettings()
        settings.stepCount = recorded.stepCount
        settings.peakLearningRate = recorded.peak
        settings.warmUpShare = recorded.warmUpShare
        let rate = OneCycleRate(settings)
        for (step, expected) in zip(recorded.steps, recorded.rates) {
            #expect(abs(rate.rate(at: step) - expected) < 1e-15)
        }
        // As the schedule's documentation says it: a 25th at the start, the peak at the end of the first tenth, and a
        // 250,000th at the end.
        #expect(abs(rate.rate(at: 0) - 2e-3 / 25) < 1e-15)
        #expect(abs(rate.rate(at: 149) - 2e-3) < 1e-15)
        #expect(abs(rate.rate(at: 1499) - 2e-3 / 25 / 1e4) < 1e-15)
    }
}
