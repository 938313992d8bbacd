import LinearAlgebra
import VAE

extension ModelFitter {
    private static let autoencoderWindowLimit = 8_192
    private static let comparedWindowLimit = 512

    /// Fits the autoencoder, where history is long enough and it pays; says in words what was chosen.
    func fitReconstruction(
        _ grid: TrainingGrid, channels: [Int], length: Int, readingCount: Int
    ) throws(FittingFailure) -> (FittedPart?, String) {
        let layout = WindowLayout(length: length, channels: channels)
        let readings = grid.readings(withWindow: length)
        guard readingCount >= DetectorSettings.autoencoderReadings, readings.count >= readingCount / 2 else {
            return (
                nil,
                "autoencoder: not yet, it needs \(DetectorSettings.autoencoderReadings) readings and there are "
                    + "\(readings.count)"
            )
        }
        var errors = [Float](repeating: .nan, count: readingCount)
        var heldOut: [ReconstructionError] = []
        let crossFitting = CrossFitting(readingCount: readingCount, length: length, foldCount: 2)
        for fold in crossFitting.folds(of: readings) where fold.fitted.count >= Self.fewestWindows {
            let network = try train(grid, layout: layout, readings: fold.fitted, steps: training.stepCount / 2)
            let part = Reconstruction(network: network, layout: layout)
            measure(part, grid, fold.heldOut, into: &errors)
            heldOut.append(
                try compareWithLinear(
                    part, grid, fitted: fold.fitted, heldOut: fold.heldOut.evenlySpaced(limit: Self.comparedWindowLimit)
                ))
        }
        let network = try train(grid, layout: layout, readings: readings, steps: training.stepCount)
        var part = Reconstruction(network: network, layout: layout)
        if errors.allSatisfy(\.isNaN) { measure(part, grid, readings, into: &errors) }
        part.scale = Self.highQuantile(of: errors)
        let own = heldOut.map(\.network).reduce(0, +) / Double(max(1, heldOut.count))
        let linear = heldOut.map(\.linear).reduce(0, +) / Double(max(1, heldOut.count))
        let numbers = "held-out squared error \(rounded(own)) against \(rounded(linear)) of as many linear dimensions"
        guard own <= linear * Self.linearTolerance else {
            return (nil, "autoencoder: left out, it does not beat the linear model (\(numbers))")
        }
        let scale = part.scale
        return (
            FittedPart(part: part, ratios: errors.map { $0 / scale }),
            "autoencoder: windows of \(length) slots, \(network.shape.hiddenCount) hidden units, "
                + "\(network.shape.latentCount) latent dimensions (\(numbers))"
        )
    }

    /// The autoencoder counts when its held-out error is at most this multiple of that of the linear model: on a stream
    /// that is linear the two agree but for the noise of training, and the autoencoder still sees what T² and Q do not.
    private static let linearTolerance = 1.25

    private struct ReconstructionError {
        var network: Double
        var linear: Double
    }

    private func train(
        _ grid: TrainingGrid, layout: WindowLayout, readings: [Int], steps: Int
    ) throws(FittingFailure) -> VariationalAutoencoder {
        let sample = readings.evenlySpaced(limit: Self.autoencoderWindowLimit)
        let (windows, mask) = grid.windows(layout, endingWith: sample)
        var settings = training
        settings.stepCount = steps
        settings.heldOutGap = layout.length - 1
        let start = VariationalAutoencoder(shape: NetworkShape(inputCount: layout.width), seed: seed)
        var run: TrainingRun
        do {
            run = try TrainingRun(network: start, windows: windows, mask: mask, settings: settings, seed: seed)
        } catch {
            throw .untrainable(error)
        }
        while !run.isFinished {
            run.step()
            try pause()
        }
        return run.network
    }

    /// The mean squared errors with which the network and principal components of as many dimensions rebuild windows
    /// that neither has seen.
    private func compareWithLinear(
        _ part: Reconstruction, _ grid: TrainingGrid, fitted: [Int], heldOut: [Int]
    ) throws(FittingFailure) -> ReconstructionError {
        let layout = part.layout
        let linear: LinearWindowModel
        do {
            linear = try LinearWindowModel(
                fittedTo: grid.windows(layout, endingWith: fitted.evenlySpaced(limit: LinearWindowModel.windowLimit))
                    .values,
                layout: layout, weight: 1, dimensions: part.latentCount)
        } catch {
            throw .degenerate(error)
        }
        var sums = ReconstructionError(network: 0, linear: 0)
        var scratch = EvidenceScratch()
        scratch.reserve(width: layout.width, latent: max(part.latentCount, linear.dimensionCount))
        var errors = [Float](repeating: 0, count: WindowBlock.rowCount)
        grid.forEachBlock(layout, endingWith: heldOut) { block, _ in
            part.score(block, scratch: &scratch, into: &errors)
            sums.network += Self.squaredError(block, scratch.reconstruction)
            linear.score(block, scratch: &scratch, into: &errors)
            sums.linear += Self.squaredError(block, scratch.reconstruction)
        }
        let cells = Double(max(1, heldOut.count * layout.width))
        return ReconstructionError(network: sums.network / cells, linear: sums.linear / cells)
    }

    private static func squaredError(_ block: WindowBlock, _ rebuilt: [Float]) -> Double {
        var sum = 0.0
        for cell in 0..<(block.count * block.layout.width) where block.presence[cell] == Presence.observed {
            let difference = Double(block.values[cell] - rebuilt[cell])
            sum += difference * difference
        }
        return sum
    }
}
