import Foundation
import LinearAlgebra
import Testing
import VAE

/// The numbers that Fixtures/make_reference.py wrote.
struct Reference: Decodable {
    struct Network: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var channelCount, slotCount, latentCount, hiddenCount, newestSlots, rowCount: Int
        var horizons: [Int]
        var beta: Float
        var center, directions, variances: [Float]
        var residualVariance: Float
        var parameters: [Float]
        var windows, masks, inputNoise, targets, targetMasks, epsilons: [[Float]]
        var loss, reconstruction, divergence, foresight: Double
        var gradient, latents, rebuilt, foretold: [Float]
        var peakRate, warmUpShare, normLimit: Double
        var losses, norms: [Double]
        var trained: [[Float]]

        var testDescription: String { name }

        var model: VariationalAutoencoder {
            VariationalAutoencoder(
                shape: NetworkShape(
                    slotCount: slotCount, channelCount: channelCount, latentCount: latentCount,
                    hiddenCount: hiddenCount, newestSlots: newestSlots, horizons: horizons),
                linear: LinearPath(
                    center: center, directions: directions, variances: variances, residualVariance: residualVariance),
                parameters: parameters)
        }

        func matrix(_ elements: [Float]) -> Matrix {
            Matrix(rows: rowCount, columns: elements.count / rowCount, elements: elements)
        }

        func load(batch: Int, into bound: inout EvidenceLowerBound) {
            let series = TestSeries.apart(
                matrix(windows[batch]), mask: matrix(masks[batch]), targets: matrix(targets[batch]),
                targetMask: matrix(targetMasks[batch]), slotCount: slotCount, horizons: horizons)
            bound.batch.removeRows()
            for end in series.ends { bound.batch.append(series, endingIn: end) }
            bound.batch.addInputNoise(inputNoise[batch])
            for (index, value) in epsilons[batch].enumerated() { bound.epsilon[index] = value }
        }
    }
    struct ClosedForm: Decodable {
        var slotCount, channelCount, newestSlots, rowCount, latentCount: Int
        var horizons: [Int]
        var windows, targets, center, directions, variances: [Float]
        var residualVariance: Float
        var logNoise, logVarianceBias, latents, latentWeights, newestWeights, headBias, headLogVariance: [Float]
    }
    struct OneCycle: Decodable {
        var stepCount: Int
        var peak, warmUpShare: Double
        var steps: [Int]
        var rates: [Double]
    }
    var networks: [Network]
    var closedForm: ClosedForm
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
    private func largestDifference(_ found: some Collection<Float>, _ expected: some Collection<Float>) -> Float {
        let scale = expected.map(abs).max() ?? 1
        guard found.count == expected.count else { return .infinity }
        return zip(found, expected).map { abs($0 - $1) / scale }.max() ?? 0
    }

    @Test(arguments: Reference.recorded.networks)
    func `loss and gradient are those of an independent implementation`(network: Reference.Network) {
        let parameters = network.parameters
        var bound = EvidenceLowerBound(of: network.model, rowLimit: network.rowCount + 3)
        network.load(batch: 0, into: &bound)
        let parts = bound.forward(parameters: parameters, beta: network.beta)
        #expect(abs(parts.reconstruction / network.reconstruction - 1) < 2e-6)
        #expect(abs(parts.divergence - network.divergence) <= 2e-6 * network.divergence)
        #expect(abs(parts.foresight / network.foresight - 1) < 2e-6)
        let loss = bound.loss(parameters: parameters, beta: network.beta)
        #expect(abs(loss / network.loss - 1) < 2e-6)
        var gradient = [Float](repeating: .nan, count: parameters.count)
        bound.backward(parameters: parameters, beta: network.beta, gradient: &gradient)
        for group in ParameterGroup.allCases {
            let range = group.range(in: network.model.shape)
            guard network.gradient[range].contains(where: { $0 != 0 }) else {
                #expect(gradient[range].allSatisfy { $0 == 0 }, "\(group)")
                continue
            }
            #expect(largestDifference(gradient[range], network.gradient[range]) < 1e-5, "\(group)")
        }
    }

    @Test(arguments: Reference.recorded.networks)
    func `latents, windows and foresight are those of an independent implementation`(network: Reference.Network) {
        let (latents, rebuilt, foretold) = network.model.reconstruct(network.matrix(network.windows[0]))
        #expect(largestDifference(latents.elements, network.latents) < 2e-6)
        #expect(largestDifference(rebuilt.elements, network.rebuilt) < 2e-6)
        #expect(largestDifference(foretold.elements, network.foretold) < 2e-6)
    }

    @Test(arguments: Reference.recorded.networks)
    func `optimizer steps lead where those of an independent implementation lead`(network: Reference.Network) {
        var settings = TrainingSettings()
        settings.stepCount = network.windows.count
        settings.peakLearningRate = network.peakRate
        settings.warmUpShare = network.warmUpShare
        let rate = OneCycleRate(settings)
        var optimizer = AdamOptimizer(parameterCount: network.parameters.count)
        var bound = EvidenceLowerBound(of: network.model, rowLimit: network.rowCount)
        var parameters = network.parameters
        var gradient = parameters
        for step in network.windows.indices {
            network.load(batch: step, into: &bound)
            let loss = bound.loss(parameters: parameters, beta: network.beta)
            #expect(abs(loss / network.losses[step] - 1) < 1e-4)
            bound.backward(parameters: parameters, beta: network.beta, gradient: &gradient)
            let norm = clipNorm(of: &gradient, to: network.normLimit)
            #expect(abs(norm / network.norms[step] - 1) < 1e-4)
            optimizer.step(rate: rate.rate(at: step), gradient: gradient, parameters: &parameters)
            #expect(largestDifference(parameters, network.trained[step]) < 5e-5, "step \(step)")
        }
    }

    @Test func `the untrained network is the closed form of an independent implementation`() throws {
        let form = Reference.recorded.closedForm
        func matrix(_ elements: [Float]) -> Matrix {
            Matrix(rows: form.rowCount, columns: elements.count / form.rowCount, elements: elements)
        }
        let series = TestSeries.apart(
            matrix(form.windows), targets: matrix(form.targets), slotCount: form.slotCount, horizons: form.horizons)
        let network = try VariationalAutoencoder(
            closedFormOf: series, slotCount: form.slotCount, newestSlots: form.newestSlots, seed: 1)
        let (linear, shape) = (network.linear, network.shape)
        try #require(linear.latentCount == form.latentCount)
        #expect(largestDifference(linear.center, form.center) < 1e-6)
        #expect(largestDifference(linear.variances, form.variances) < 1e-5)
        #expect(abs(linear.residualVariance / form.residualVariance - 1) < 1e-4)

        // A direction's sign is free, and with it that of its latents and of what the foresight makes of them.
        let (width, targets) = (shape.inputCount, shape.foretoldCount)
        func values(_ group: ParameterGroup) -> [Float] { Array(network.parameters[group.range(in: shape)]) }
        var (directions, latentWeights) = (linear.directions, values(.latentForesight))
        var latents = network.reconstruct(matrix(form.windows)).latents
        for latent in 0..<form.latentCount {
            let cells = latent * width..<(latent + 1) * width
            let cosine = zip(directions[cells], form.directions[cells]).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            guard cosine < 0 else { continue }
            for cell in cells { directions[cell].negate() }
            for target in 0..<targets { latentWeights[latent * targets + target].negate() }
            for row in 0..<form.rowCount { latents[row, latent].negate() }
        }
        #expect(largestDifference(directions, form.directions) < 1e-4)
        #expect(largestDifference(latents.elements, form.latents) < 1e-4)
        #expect(largestDifference(values(.noise), form.logNoise) < 1e-4)
        #expect(largestDifference(values(.logVariance), form.logVarianceBias) < 1e-4)
        #expect(largestDifference(latentWeights, form.latentWeights) < 1e-4)
        #expect(largestDifference(values(.newestForesight), form.newestWeights) < 1e-4)
        #expect(largestDifference(values(.foresightConstant), form.headBias) < 1e-4)
        #expect(largestDifference(values(.foresightNoise), form.headLogVariance) < 1e-4)
        #expect(!network.isTrained)
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
