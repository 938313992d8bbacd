import LinearAlgebra
import VAE

extension ModelFitter {
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
        /// The fits in closed form behind it.
        var closed: ClosedNetworkFit

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
        _ grid: TrainingGrid, _ series: WindowSeries, layout: WindowLayout, profiles: [ChannelProfile],
        readingCount: Int, _ choices: inout [String]
    ) throws(FittingFailure) -> NetworkFit {
        let readings = grid.readings(withWindow: layout.length)
        guard readings.count >= Self.fewestWindows else {
            throw .tooFewReadings(usable: readings.count, needed: Self.fewestWindows)
        }
        let closed = try closedFit(grid, series, layout, readings, readingCount: readingCount)
        let trains = isTrained && readingCount >= DetectorSettings.residualReadings
        let trained = trains ? try train(closed, grid, series, layout, readings, profiles) : nil
        let window = WindowNetwork(layout: layout, network: (trained?.network ?? closed.network).halved)
        let adversarial =
            trains && settings.detector == .usad
            ? try adversarialNetwork(grid, layout, readings, steps: training.stepCount) : nil
        let parts = NetworkParts(window, adversarial: adversarial, grid, series, fitted: readings)
        let own = parts.ratios(grid, series, readings)
        var fit = NetworkFit(
            parts: parts, rebuild: [Float](repeating: .nan, count: readingCount),
            foresight: [Float](repeating: .nan, count: readingCount), heldOut: closed.heldOut, closed: closed)
        for (row, reading) in readings.enumerated() {
            (fit.rebuild[reading], fit.foresight[reading]) = (own.rebuild[row], own.foresight[row])
        }
        for fold in closed.folds {
            for (row, reading) in fold.heldOut.enumerated() {
                (fit.rebuild[reading], fit.foresight[reading]) = (fold.rebuild[row], fold.foresight[row])
            }
        }
        if !members.isEmpty { fit.rescaleToHeldOut() }
        choices.append(describe(window.network, trained, readingCount: readingCount))
        return fit
    }

    /// Fits networks in closed form: to all readings, and to all but some blocks of time, which it measures there, each in units of its
    /// own fit. What counts is by how much readings that a network did not see exceed those that it saw.
    private func closedFit(
        _ grid: TrainingGrid, _ series: WindowSeries, _ layout: WindowLayout, _ readings: [Int], readingCount: Int
    ) throws(FittingFailure) -> ClosedNetworkFit {
        if let known = knownFit, known.layout == layout, known.readings == readings { return known }
        var result = ClosedNetworkFit(
            layout: layout, readings: readings, network: try closedNetwork(grid, series, layout, readings))
        let folds = crossFitting(readingCount: readingCount, length: layout.length, foldCount: Self.foldCount)
            .folds(of: readings).filter { $0.fitted.count >= Self.fewestWindows && !$0.heldOut.isEmpty }
        for fold in folds {
            let network = try closedNetwork(grid, series, layout, fold.fitted)
            let window = WindowNetwork(layout: layout, network: network.halved)
            let parts = NetworkParts(window, adversarial: nil, grid, series, fitted: fold.fitted)
            let heldOut = parts.ratios(grid, series, fold.heldOut)
            result.folds.append(
                ClosedNetworkFit.Fold(
                    fitted: fold.fitted, heldOut: fold.heldOut, network: network, rebuild: heldOut.rebuild,
                    foresight: heldOut.foresight))
            var forecast =
                result.heldOut ?? HeldOutForecast(readingCount: readingCount, channelCount: grid.channelCount)
            forecast.add(heldOut.replay, parts, grid, series, fitted: fold.fitted, heldOut: fold.heldOut)
            result.heldOut = forecast
        }
        return result
    }

    private func closedNetwork(
        _ grid: TrainingGrid, _ series: WindowSeries, _ layout: WindowLayout, _ readings: [Int]
    ) throws(FittingFailure) -> VariationalAutoencoder {
        try pause()
        do {
            return try VariationalAutoencoder(
                closedFormOf: series.with(ends: readings.map { grid.slots[$0] }), slotCount: layout.length, seed: seed)
        } catch {
            throw .degenerate(error)
        }
    }

    /// Trains a network in closed form: on from the predecessor's weights where these are better than none, else from there.
    private func train(
        _ closed: ClosedNetworkFit, _ grid: TrainingGrid, _ series: WindowSeries, _ layout: WindowLayout,
        _ readings: [Int], _ profiles: [ChannelProfile]
    ) throws(FittingFailure) -> NetworkTraining {
        let fitted = series.with(ends: readings.map { grid.slots[$0] })
        var why: String?
        if let predecessor {
            if let carried = predecessor.carried(to: closed.network, layout: layout, profiles: profiles) {
                if let result = try goOn(from: carried, closed.network, fitted) { return result }
                why = "on the newest windows the live version's weights are no better than the closed form"
            } else {
                why = "the live version has other windows"
            }
        }
        let (network, report) = try train(closed.network, fitted, steps: training.stepCount)
        var result = NetworkTraining(network: network, report: report, whyAnew: why)
        // Once a stream is trained again and again, nobody pays for a second training to say a number.
        if predecessor == nil, let fold = closed.folds.last { result.gain = try residualGain(fold, grid, series) }
        return result
    }

    /// What the residual path gains on windows that it did not see, in nats a cell of the evidence lower bound, by a training on others
    /// that makes a share of the steps.
    private func residualGain(
        _ fold: ClosedNetworkFit.Fold, _ grid: TrainingGrid, _ series: WindowSeries
    ) throws(FittingFailure) -> Double {
        let steps = max(1, Int(Double(training.stepCount) * Self.comparedSteps))
        let (trained, _) = try train(
            fold.network, series.with(ends: fold.fitted.map { grid.slots[$0] }), steps: steps)
        let unseen = fold.heldOut.evenlySpaced(limit: Self.comparedWindows).map { grid.slots[$0] }
        return gain(of: trained.halved, over: fold.network.halved, on: series.with(ends: unseen))
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
