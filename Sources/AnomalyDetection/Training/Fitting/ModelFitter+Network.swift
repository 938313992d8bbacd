import LinearAlgebra
import VAE

extension ModelFitter {
    /// The deviation of the noise on the inputs of a denoising autoencoder, whose channels have a deviation of one.
    private static let denoisingNoise: Float = 0.2
    /// What is held out in turn is this part of the history: a network that is fitted to much less than all of it takes more for odd.
    private static let foldCount = 6
    /// A network that is trained to see what the residual path gains on windows that it did not see makes this share of the steps.
    private static let comparedSteps = 0.25
    /// So many windows say what it gained.
    private static let comparedWindows = 512

    /// What the fit of a network gives.
    struct NetworkFit {
        /// The network and its read-outs, fitted to all readings.
        var parts: NetworkParts
        /// For each reading the ratios of its read-outs by networks that did not see it; NaN where there is none.
        var (rebuild, foresight): ([Float], [Float])
        /// How such networks forecast readings that they did not see; nil where there are too few.
        var heldOut: HeldOutForecast?

        /// Lets what counts as one follow from readings that were held out. The streams of a fleet differ from each other by more than
        /// readings of one stream do, and a stream that is scored by its weights need not be among those that they were fitted to.
        mutating func rescaleToHeldOut() {
            let (rebuildRatio, foresightRatio) = (
                ModelFitter.highQuantile(of: rebuild), ModelFitter.highQuantile(of: foresight)
            )
            parts.rescale(rebuild: rebuildRatio, foresight: foresightRatio)
            rebuild = rebuild.map { $0 / rebuildRatio }
            foresight = foresight.map { $0 / foresightRatio }
        }
    }

    /// Whether the detector has a residual path: whether its network is more than the closed form.
    var isTrained: Bool {
        switch settings.detector {
        case .vae, .ae, .dae, .usad: training.stepCount > 0
        case .pca, .ar, .attn: false
        }
    }

    /// Fits the network of windows of a length, and says in words what was chosen.
    func fitNetwork(
        _ grid: TrainingGrid, _ series: WindowSeries, layout: WindowLayout, readingCount: Int,
        _ choices: inout [String]
    ) throws(FittingFailure) -> NetworkFit {
        let readings = grid.readings(withWindow: layout.length)
        guard readings.count >= Self.fewestWindows else {
            throw .tooFewReadings(usable: readings.count, needed: Self.fewestWindows)
        }
        let trains = isTrained && readingCount >= DetectorSettings.residualReadings
        let (window, report) = try network(grid, series, layout, readings, steps: trains ? training.stepCount : 0)
        let adversarial =
            trains && settings.detector == .usad
            ? try adversarialNetwork(grid, layout, readings, steps: training.stepCount) : nil
        let parts = NetworkParts(window, adversarial: adversarial, grid, series, fitted: readings)
        var fit = NetworkFit(
            parts: parts, rebuild: [Float](repeating: .nan, count: readingCount),
            foresight: [Float](repeating: .nan, count: readingCount))
        let folds = crossFitting(readingCount: readingCount, length: layout.length, foldCount: Self.foldCount)
            .folds(of: readings).filter { $0.fitted.count >= Self.fewestWindows && !$0.heldOut.isEmpty }
        try measureHeldOut(&fit, grid, series, readings, folds)
        if !members.isEmpty { fit.rescaleToHeldOut() }
        var gain: Double?
        if trains, let fold = folds.last { gain = try residualGain(grid, series, layout, fold) }
        choices.append(describe(window.network, report: report, gain: gain, readingCount: readingCount))
        return fit
    }

    /// Fits networks to all but some blocks of time and measures them there, each in units of its own fit.
    ///
    /// They stay in closed form: what counts is by how much readings that a network did not see exceed those that it saw.
    private func measureHeldOut(
        _ fit: inout NetworkFit, _ grid: TrainingGrid, _ series: WindowSeries, _ readings: [Int],
        _ folds: [CrossFitting.Fold]
    ) throws(FittingFailure) {
        let (layout, readingCount) = (fit.parts.window.layout, fit.rebuild.count)
        let own = fit.parts.ratios(grid, series, readings)
        for (row, reading) in readings.enumerated() {
            (fit.rebuild[reading], fit.foresight[reading]) = (own.rebuild[row], own.foresight[row])
        }
        for fold in folds {
            let (window, _) = try network(grid, series, layout, fold.fitted, steps: 0)
            let parts = NetworkParts(window, adversarial: nil, grid, series, fitted: fold.fitted)
            let heldOut = parts.ratios(grid, series, fold.heldOut)
            for (row, reading) in fold.heldOut.enumerated() {
                (fit.rebuild[reading], fit.foresight[reading]) = (heldOut.rebuild[row], heldOut.foresight[row])
            }
            var forecast = fit.heldOut ?? HeldOutForecast(readingCount: readingCount, channelCount: grid.channelCount)
            forecast.add(heldOut.replay, parts, grid, series, fitted: fold.fitted, heldOut: fold.heldOut)
            fit.heldOut = forecast
        }
    }

    /// What the residual path gains on windows that it did not see, in nats a cell of the evidence lower bound.
    private func residualGain(
        _ grid: TrainingGrid, _ series: WindowSeries, _ layout: WindowLayout, _ fold: CrossFitting.Fold
    ) throws(FittingFailure) -> Double {
        let steps = max(1, Int(Double(training.stepCount) * Self.comparedSteps))
        let (trained, _) = try network(grid, series, layout, fold.fitted, steps: steps)
        let (closed, _) = try network(grid, series, layout, fold.fitted, steps: 0)
        let unseen = series.with(ends: fold.heldOut.evenlySpaced(limit: Self.comparedWindows).map { grid.slots[$0] })
        let beta: Float = settings.detector == .vae || settings.detector == .usad ? 1 : 0
        let difference =
            closed.network.negativeELBO(of: unseen, beta: beta, seed: seed).negativeELBO
            - trained.network.negativeELBO(of: unseen, beta: beta, seed: seed).negativeELBO
        return difference / Double(layout.width)
    }

    /// A network in closed form, trained from there for so many steps, with weights that half precision holds.
    private func network(
        _ grid: TrainingGrid, _ series: WindowSeries, _ layout: WindowLayout, _ readings: [Int], steps: Int
    ) throws(FittingFailure) -> (WindowNetwork, TrainingReport?) {
        try pause()
        let fitted = series.with(ends: readings.map { grid.slots[$0] })
        let start: VariationalAutoencoder
        do {
            start = try VariationalAutoencoder(closedFormOf: fitted, slotCount: layout.length, seed: seed)
        } catch {
            throw .degenerate(error)
        }
        guard steps > 0 else { return (WindowNetwork(layout: layout, network: start.halved), nil) }
        var training = training
        training.stepCount = steps
        training.heldOutGap = layout.length - 1
        switch settings.detector {
        case .vae, .usad, .pca, .ar, .attn: break
        case .ae: (training.beta, training.inputNoise) = (0, 0)
        case .dae: (training.beta, training.inputNoise) = (0, Self.denoisingNoise)
        }
        var run: TrainingRun
        do throws(TrainingFailure) {
            run = try TrainingRun(network: start, series: fitted, settings: training, seed: seed)
        } catch {
            throw .untrainable(error)
        }
        while !run.isFinished {
            run.step()
            try pause()
        }
        return (WindowNetwork(layout: layout, network: run.network.halved), run.report)
    }

    private func adversarialNetwork(
        _ grid: TrainingGrid, _ layout: WindowLayout, _ readings: [Int], steps: Int
    ) throws(FittingFailure) -> AdversarialAutoencoder {
        let (windows, mask) = grid.windows(layout, endingWith: readings.evenlySpaced(limit: Self.windowLimit))
        var training = training
        training.stepCount = steps
        training.heldOutGap = layout.length - 1
        training.inputNoise = 0
        let start = AdversarialAutoencoder(
            shape: AdversarialAutoencoder.Shape(inputCount: windows.columnCount), seed: seed)
        var run: AdversarialTrainingRun
        do throws(TrainingFailure) {
            run = try AdversarialTrainingRun(
                network: start, windows: windows, mask: mask, settings: training, seed: seed)
        } catch {
            throw .untrainable(error)
        }
        while !run.isFinished {
            run.step()
            try pause()
        }
        return run.network
    }
}
