extension ModelFitter {
    /// What a candidate has to stand up to beside the live version: the simpler detectors, where it is not one of them itself and
    /// history is long enough for them. `fit` is the candidate's, to the same history: they have its networks in closed form.
    func baselines(
        _ history: TrainingHistory, beside fit: Fit
    ) throws(FittingFailure) -> [PromotionGate.Baseline] {
        var baselines: [PromotionGate.Baseline] = []
        for kind in [DetectorKind.pca, .ar] where kind != settings.detector {
            do {
                let model = try fitter(of: kind, knowing: fit.closed).fit(history)
                guard model.network != nil else { continue }
                baselines.append(PromotionGate.Baseline(kind: kind, model: model))
            } catch .cancelled {
                throw .cancelled
            } catch {
                // A baseline that history is too short for is no opponent.
                continue
            }
        }
        return baselines
    }

    /// A fitter of another detector to the same, otherwise alike.
    private func fitter(of kind: DetectorKind, knowing closed: ClosedNetworkFit?) -> ModelFitter {
        var settings = settings
        settings.detector = kind
        settings.evidence = Set(EvidenceKind.allCases)
        var fitter = ModelFitter(
            settings: settings, training: training, seed: seed, channelNames: channelNames, checkpoint: checkpoint)
        fitter.members = members
        fitter.knownFit = closed
        return fitter
    }
}
