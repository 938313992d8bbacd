import LinearAlgebra
import VAE

extension ModelFitter {
    static let autoencoderWindowLimit = 8_192
    private static let comparedWindowLimit = 512
    /// The weight of the divergence from the prior beside an output noise of one.
    private static let beta: Float = 0.05
    /// The deviation of the noise on the inputs of a denoising autoencoder, whose channels have a deviation of one.
    private static let inputNoise: Float = 0.2
    /// A rebuilt cell's error is divided by at least this deviation.
    private static let deviationFloor: Float = 0.05

    /// Fits the autoencoder, where history is long enough: a network where it pays, and else a linear one; says in words what was
    /// chosen.
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
        let crossFitting = crossFitting(readingCount: readingCount, length: length, foldCount: 2)
        let folds = crossFitting.folds(of: readings).filter { $0.fitted.count >= Self.fewestWindows }
        if isOptional, let fold = folds.first {
            let (_, comparison) = try train(grid, layout: layout, fold, steps: training.stepCount / 4)
            guard comparison.gain >= Self.leastLead else {
                return (
                    try fitLinearAutoencoder(grid, layout: layout, readings: readings, readingCount),
                    "autoencoder: linear, of \(NetworkShape.standardLatentCount) principal components, and it counts for nothing: after "
                        + "a quarter of its training a network missed less by less than \(Self.leastLead) (\(comparison))"
                )
            }
        }
        var errors = [Float](repeating: .nan, count: readingCount)
        var comparisons: [ReconstructionComparison] = []
        for fold in folds {
            let (part, comparison) = try train(grid, layout: layout, fold, steps: training.stepCount / 2)
            measure(part, grid, fold.heldOut, into: &errors)
            comparisons.append(comparison)
        }
        var (part, report) = try train(grid, layout: layout, readings: readings, steps: training.stepCount)
        if errors.allSatisfy(\.isNaN) { measure(part, grid, readings, into: &errors) }
        part.scale = Self.highQuantile(of: errors)
        let whole = ReconstructionComparison(meanOf: comparisons)
        // Beside the linear evidence it counts for what it adds to that; alone it is all there is.
        let standsBeside = wantedEvidence.contains(.linear)
        part.weight = standsBeside ? Float(max(0, whole.gain)) : 1
        let scale = part.scale
        return (
            FittedPart(part: part, ratios: errors.map { $0 / scale }),
            "autoencoder: \(describe(part)); it counts for \(rounded(Double(part.weight)))"
                + (standsBeside
                    ? ", the share by which it misses less than the linear model" : ", as there is no linear model")
                + " (\(whole)); \(Self.describe(report))"
        )
    }

    /// Where a network pays in the end, it misses held-out windows this share less than the linear model already after a quarter
    /// of its steps. Most networks do not (64 of 69 on the labelled series), and these gain nothing in detection.
    private static let leastLead = 0.05

    /// Whether a network gives way to a linear one where it does not pay: not where it was asked for by name or nothing else rebuilds windows.
    private var isOptional: Bool { settings.detector == .vae && wantedEvidence.contains(.linear) }

    /// The principal components of windows as an autoencoder. As evidence it would repeat the linear window model; it says what
    /// readings were expected to be, cleans them of noise, and draws new ones.
    private func fitLinearAutoencoder(
        _ grid: TrainingGrid, layout: WindowLayout, readings: [Int], _ readingCount: Int
    ) throws(FittingFailure) -> FittedPart {
        let network = try linearNetwork(
            grid, layout: layout, readings: readings, latentCount: NetworkShape.standardLatentCount)
        var part = reconstruction(network, grid, layout: layout, readings: readings)
        part.weight = 0
        return FittedPart(part: part, ratios: [Float](repeating: 0, count: readingCount))
    }

    private func linearNetwork(
        _ grid: TrainingGrid, layout: WindowLayout, readings: [Int], latentCount: Int
    ) throws(FittingFailure) -> Reconstruction.Network {
        let sample = readings.evenlySpaced(limit: LinearWindowModel.windowLimit)
        do {
            let subspace = try PrincipalSubspace(
                of: grid.windows(layout, endingWith: sample).values, dimensions: latentCount)
            let deviations = subspace.variances.prefix(subspace.dimensionCount).map {
                Float(max($0, LinearWindowModel.leastVariance).squareRoot())
            }
            return .variational(
                VariationalAutoencoder(mean: subspace.mean, directions: subspace.directions, deviations: deviations))
        } catch {
            throw .degenerate(error)
        }
    }

    /// Trains a network on a part of the readings and compares it with the linear model on the others.
    private func train(
        _ grid: TrainingGrid, layout: WindowLayout, _ fold: CrossFitting.Fold, steps: Int
    ) throws(FittingFailure) -> (Reconstruction, ReconstructionComparison) {
        let (part, _) = try train(grid, layout: layout, readings: fold.fitted, steps: steps)
        let heldOut = fold.heldOut.evenlySpaced(limit: Self.comparedWindowLimit)
        return (part, try compareWithLinear(part, grid, fitted: fold.fitted, heldOut: heldOut))
    }

    private func train(
        _ grid: TrainingGrid, layout: WindowLayout, readings: [Int], steps: Int
    ) throws(FittingFailure) -> (Reconstruction, TrainingReport) {
        let sample = readings.evenlySpaced(limit: Self.autoencoderWindowLimit)
        let (windows, mask) = grid.windows(layout, endingWith: sample)
        var training = training
        training.stepCount = steps
        training.heldOutGap = layout.length - 1
        training.beta = settings.detector == .vae ? Self.beta : 0
        training.inputNoise = settings.detector == .dae ? Self.inputNoise : 0
        let network: Reconstruction.Network
        let report: TrainingReport
        do {
            if settings.detector == .usad {
                let run = try trainAdversarial(windows, mask, training)
                (network, report) = (.adversarial(run.network), run.report)
            } else {
                let run = try trainVariational(windows, mask, training)
                (network, report) = (.variational(run.network), run.report)
            }
        } catch let failure as TrainingFailure {
            throw .untrainable(failure)
        } catch {
            throw .cancelled
        }
        return (reconstruction(network, grid, layout: layout, readings: readings), report)
    }

    /// The evidence of a network, with the deviations that it leaves on these readings.
    private func reconstruction(
        _ network: Reconstruction.Network, _ grid: TrainingGrid, layout: WindowLayout, readings: [Int]
    ) -> Reconstruction {
        let bare = Reconstruction(network: network, layout: layout)
        let sample = readings.evenlySpaced(limit: Self.comparedWindowLimit)
        return Reconstruction(
            network: network, layout: layout, deviations: residualDeviations(of: bare, grid, sample))
    }

    private func trainVariational(
        _ windows: Matrix, _ mask: Matrix?, _ training: TrainingSettings
    ) throws -> TrainingRun {
        let start = VariationalAutoencoder(
            shape: NetworkShape(inputCount: windows.columnCount, outputNoise: .fixed(1)), seed: seed)
        var run = try TrainingRun(network: start, windows: windows, mask: mask, settings: training, seed: seed)
        while !run.isFinished {
            run.step()
            try checkpoint()
        }
        return run
    }

    private func trainAdversarial(
        _ windows: Matrix, _ mask: Matrix?, _ training: TrainingSettings
    ) throws -> AdversarialTrainingRun {
        let start = AdversarialAutoencoder(
            shape: AdversarialAutoencoder.Shape(inputCount: windows.columnCount), seed: seed)
        var run = try AdversarialTrainingRun(
            network: start, windows: windows, mask: mask, settings: training, seed: seed)
        while !run.isFinished {
            run.step()
            try checkpoint()
        }
        return run
    }

    /// For each cell how far its rebuilt value lies from its own: the root of the mean square, not too near zero.
    private func residualDeviations(of part: Reconstruction, _ grid: TrainingGrid, _ readings: [Int]) -> [Float] {
        let width = part.layout.width
        var squares = [Double](repeating: 0, count: width)
        var counts = squares
        forEachResidual(of: part, grid, readings) { cell, residual in
            squares[cell] += residual * residual
            counts[cell] += 1
        }
        return (0..<width).map { max(Float((squares[$0] / max(1, counts[$0])).squareRoot()), Self.deviationFloor) }
    }

    private func compareWithLinear(
        _ part: Reconstruction, _ grid: TrainingGrid, fitted: [Int], heldOut: [Int]
    ) throws(FittingFailure) -> ReconstructionComparison {
        let layout = part.layout
        let linear = Reconstruction(
            network: try linearNetwork(grid, layout: layout, readings: fitted, latentCount: part.latentCount),
            layout: layout)
        return ReconstructionComparison(
            network: squaredError(of: part, grid, heldOut), linear: squaredError(of: linear, grid, heldOut),
            count: heldOut.count * layout.width)
    }

    private func squaredError(of part: Reconstruction, _ grid: TrainingGrid, _ readings: [Int]) -> Double {
        var sum = 0.0
        forEachResidual(of: part, grid, readings) { _, residual in sum += residual * residual }
        return sum
    }

    /// Calls `body` for each observed cell of the windows with its place in the window and how far it lies above its rebuilt value.
    private func forEachResidual(
        of part: Reconstruction, _ grid: TrainingGrid, _ readings: [Int], _ body: (Int, Double) -> Void
    ) {
        let width = part.layout.width
        var scratch = EvidenceScratch()
        part.reserve(in: &scratch)
        var errors = [Float](repeating: 0, count: WindowBlock.rowCount)
        grid.forEachBlock(part.layout, endingWith: readings) { block, _ in
            part.score(block, scratch: &scratch, into: &errors)
            for index in 0..<(block.count * width) where block.presence[index] == Presence.observed {
                body(index % width, Double(block.values[index] - scratch.reconstruction[index]))
            }
        }
    }
}
