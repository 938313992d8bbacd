import VAE

/// A trained network and how it came about.
struct NetworkTraining {
    /// The network.
    var network: VariationalAutoencoder
    /// How its training went.
    var report: TrainingReport
    /// Whether it began with the live version's weights.
    var goesOn = false
    /// Why it did not, in words; nil where it did, or where there was nothing to go on from.
    var whyAnew: String?
    /// What the residual path gains on windows that it did not see, in nats a cell of the evidence lower bound; nil where nobody knows.
    var gain: Double?
}

extension ModelFitter {
    /// The deviation of the noise on the inputs of a denoising autoencoder, whose channels have a deviation of one.
    private static let denoisingNoise: Float = 0.2

    /// How a training that goes on from the live version's weights differs from a first one.
    ///
    /// Measured on three simulated machines and on seven labelled series with 2,000 to 4,000 readings of normal beginning: a live version
    /// of the first half, a retraining of four fifths, and windows of the last fifth, which neither saw. Against 2,500 steps anew the
    /// evidence lower bound there is 0.003 nats a cell worse in the mean of the nine that go on (from 0.07 better to 0.04 worse), and what
    /// is foretold 0.04 nats a value better. The tenth trains anew.
    enum Retraining {
        /// It makes at most this share of the steps, 400 of 2,500. With 200 it is 0.006 nats worse, not 0.003.
        static let stepShare = 0.16
        /// Its learning rate rises to this share of a first training's: with a quarter it learns less in so many steps, and with all of it
        /// and 200 steps it is 0.012 nats worse.
        static let rateShare = 0.5
        /// This share of the windows, the newest, is held out to see when to stop. A twentieth measured the same, on half as many windows.
        static let heldOutShare = 0.1
        /// It looks at them so many times if nothing ends it early.
        static let lookCount = 8
        /// So many looks in a row without progress end it. While the rate is at its highest the held-out windows get worse before they
        /// get better: with three, 0.008 nats are lost; to go on to the end whatever happens gains 0.0005.
        static let patience = 4
    }

    /// How the detector's network is trained: the weight of the divergence and the noise on its inputs are the detector's.
    private func detectorTraining(_ shape: NetworkShape) -> TrainingSettings {
        var training = training
        training.heldOutGap = shape.slotCount - 1
        switch settings.detector {
        case .vae, .usad, .pca, .ar, .attn: break
        case .ae: (training.beta, training.inputNoise) = (0, 0)
        case .dae: (training.beta, training.inputNoise) = (0, Self.denoisingNoise)
        }
        return training
    }

    /// Trains a network for so many steps.
    func train(
        _ start: VariationalAutoencoder, _ fitted: WindowSeries, steps: Int
    ) throws(FittingFailure) -> (VariationalAutoencoder, TrainingReport) {
        var training = detectorTraining(start.shape)
        training.stepCount = steps
        return try finish(try run(start, fitted, training))
    }

    /// Trains on from weights that were carried over, until the newest windows, which are held out, get no better; nil where these weights
    /// are no better on them than the closed form, or where there are too few windows to see it by.
    ///
    /// The linear path is that of all windows, as the closed form's is: what is compared is the residual path. Weights that are better
    /// only once their noise is fitted anew have learned by heart what they were trained on: of two such on labelled series one was
    /// three times as far off on the last fifth as one that was trained anew.
    func goOn(
        from carried: VariationalAutoencoder, _ closed: VariationalAutoencoder, _ fitted: WindowSeries
    ) throws(FittingFailure) -> NetworkTraining? {
        var training = detectorTraining(closed.shape)
        training.stepCount = max(1, Int(Double(training.stepCount) * Retraining.stepShare))
        training.peakLearningRate *= Retraining.rateShare
        training.heldOutShare = Retraining.heldOutShare
        training.checkInterval = max(1, training.stepCount / Retraining.lookCount)
        training.patience = Retraining.patience
        var run = try run(carried, fitted, training)
        // Where weights are no numbers, they are no better either.
        guard let own = run.heldOutLoss(of: carried), let other = run.heldOutLoss(of: closed), own < other else {
            return nil
        }
        let refined = carried.withNoise(of: fitted, beta: training.beta, seed: seed)
        if let loss = run.heldOutLoss(of: refined), loss < own { run = try self.run(refined, fitted, training) }
        run.lookAtStart()
        let heldOut = fitted.with(ends: run.heldOutEnds)
        let (network, report) = try finish(run)
        return NetworkTraining(
            network: network, report: report, goesOn: true,
            gain: gain(of: network.halved, over: closed.halved, on: heldOut))
    }

    /// What a network gains over another, in nats a cell of the evidence lower bound.
    func gain(
        of network: VariationalAutoencoder, over closed: VariationalAutoencoder, on windows: WindowSeries
    ) -> Double {
        let beta: Float = settings.detector == .vae || settings.detector == .usad ? 1 : 0
        let difference =
            closed.negativeELBO(of: windows, beta: beta, seed: seed).negativeELBO
            - network.negativeELBO(of: windows, beta: beta, seed: seed).negativeELBO
        return difference / Double(network.shape.inputCount)
    }

    private func run(
        _ start: VariationalAutoencoder, _ fitted: WindowSeries, _ training: TrainingSettings
    ) throws(FittingFailure) -> TrainingRun {
        do throws(TrainingFailure) {
            return try TrainingRun(network: start, series: fitted, settings: training, seed: seed)
        } catch {
            throw .untrainable(error)
        }
    }

    private func finish(
        _ start: consuming TrainingRun
    ) throws(FittingFailure) -> (VariationalAutoencoder, TrainingReport) {
        var run = start
        while !run.isFinished {
            run.step()
            try pause()
        }
        return (run.network, run.report)
    }
}
