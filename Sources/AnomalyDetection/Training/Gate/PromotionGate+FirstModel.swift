/// Whether a first model beats no model.
///
/// No model finds no fault, raises no alert, and knows of each channel its mean and spread. A first model has to forecast no worse
/// than that: it is fitted to all there is, so each block of time is forecast by a fit to the others. It has to find faults, and to
/// be quiet on the newest readings, where nothing is known to be wrong. Pure noise cannot be forecast better than by mean and spread,
/// and passes: faults are found in it all the same.
///
/// How quiet it is its own scores say. Scores of blocks that were held out are kept as a number, and refuse nothing: of a stream that
/// drifts each block is unlike all others, and it would never get a model (3 of 126 histories of real streams).
extension PromotionGate {
    /// The newest part of the history on which a first model has to be quiet.
    private static let newestShare = 0.2
    /// A first model that would spend more than this share of the newest readings under alerts makes nobody wiser.
    private static let alertingLimit = 0.5
    /// A model that finds none of the usual faults, for it was asked for hardly any false alarm and its readings scatter
    /// wildly, has to find faults so many times as large.
    private static let largeFactor = 4.0
    /// A forecast may be so much less likely than mean and spread for its own noise, beside what its coefficients cost.
    private static let likelihoodTolerance = 0.05

    /// Decides on a stream's first model, fitted to all of the history. `heldOutSums` are those of its readings by fits that did
    /// not see them, and none where the model is a fleet's.
    static func decideFirst(
        _ model: StreamModel, heldOutSums: [Float] = [], history: TrainingHistory, heldOut: HeldOutForecast? = nil,
        seed: UInt64, settings: DetectorSettings
    ) -> TrainingDecision {
        let first = Int(Double(history.count) * (1 - newestShare))
        let alerting = alertingShare(of: model, ModelReplay.scores(of: model, over: history), from: first, settings)
        // Where an alert is known, at the history's end too, nothing can be injected.
        let end = (history.isAlerting.lastIndex(of: false) ?? -1) + 1
        let faults = InjectedFaults(into: history[0..<end], profiles: model.profiles, seed: seed)
        let found = faults.found(by: model)
        let share = found.isEmpty ? .nan : Double(found.count { $0 }) / Double(found.count)
        var numbers = [
            "candidate_alerting": alerting, "candidate_faults_found": share,
            "candidate_trained_readings": Double(model.trainedReadings),
            "injected_faults": Double(faults.copies.count),
        ]
        for shape in InjectedFaults.shapes {
            let count = faults.count(of: shape, in: found)
            if count.all > 0 {
                numbers["candidate_found_\(shape.rawValue)"] = Double(count.found) / Double(count.all)
            }
        }
        if !heldOutSums.isEmpty {
            let scores = heldOutSums.map { $0.isFinite ? model.calibration.score($0) : .nan }
            numbers["held_out_alerting"] = alertingShare(of: model, scores, from: first, settings)
        }
        if let heldOut { numbers.merge(heldOut.numbers) { own, _ in own } }
        var objection = heldOut.flatMap(objection(to:))
        if objection == nil, alerting > alertingLimit {
            objection =
                "would alert on \(rounded(alerting)) of the newest readings, of which nothing is known to be wrong"
        }
        if objection == nil, share == 0 {
            let large = InjectedFaults(
                into: history[0..<end], profiles: model.profiles,
                magnitude: largeFactor * InjectedFaults.magnitude, seed: seed)
            let count = large.found(by: model).count { $0 }
            numbers["candidate_large_faults_found"] = Double(count) / Double(large.copies.count)
            if count == 0 {
                objection =
                    "finds none of \(found.count) injected faults, and none of them \(rounded(largeFactor)) times as large"
            }
        }
        return TrainingDecision(
            verdict: objection == nil ? .promoted : .rejected,
            reason: objection.map { "no better than no model: it \($0)" }
                ?? "first model of the stream; "
                + (share.isFinite
                    ? "it finds \(found.count { $0 }) of \(found.count) injected faults"
                    : "no fault could be injected"),
            trainedReadings: model.trainedReadings, metrics: numbers.filter { $0.value.isFinite })
    }
}

extension PromotionGate {
    /// What speaks against a model whose forecasts of unseen readings are these; nil where nothing does.
    static func objection(to heldOut: HeldOutForecast) -> String? {
        let difference = heldOut.difference
        let tolerance = likelihoodTolerance + heldOut.cost + 2 * difference.error
        guard difference.mean < -tolerance else { return nil }
        return "forecasts readings that it has not seen worse than each channel's mean and spread: a log-likelihood of "
            + "\(rounded(difference.own)) against \(rounded(difference.other)) a value"
    }

    /// The share of readings from `first` on that a model puts under alerts by these scores.
    private static func alertingShare(
        of model: StreamModel, _ scores: [Float], from first: Int, _ settings: DetectorSettings
    ) -> Double {
        ModelReplay(scores: scores).share(
            alertingAt: model.threshold.firing, holdingFor: settings.holdReadings, from: first)
    }
}

/// How likely readings are under forecasts that did not see them, and under each channel's mean and spread.
struct HeldOutForecast {
    /// By forecasts.
    var forecast: ForecastLikelihood
    /// By mean and spread.
    var unconditional: ForecastLikelihood
    /// By how much a forecast of pure noise is less likely than mean and spread: a coefficient costs half a unit of likelihood
    /// in training and another half held out, spread over the readings that it was fitted to.
    var cost: Double

    /// By how much forecasts are better than mean and spread.
    var difference: ForecastLikelihood.Difference { forecast.difference(from: unconditional) }

    /// The numbers of a decision, by name.
    var numbers: [String: Double] {
        let difference = self.difference
        return [
            "candidate_log_likelihood": difference.own, "no_model_log_likelihood": difference.other,
            "log_likelihood_noise": difference.error,
        ]
    }
}

extension ModelFitter {
    /// Forecasts each block of a history by a fit to the others, as the model's own was calibrated: blocks of time, or the streams
    /// of a fleet. Nil where the model has no forecast, or a block too few readings.
    func heldOutForecast(
        of model: StreamModel, _ history: TrainingHistory
    ) throws(FittingFailure) -> HeldOutForecast? {
        let own = model.parts.compactMap { $0 as? Forecast }.first { $0.horizon == 1 && $0.weight > 0 }
        guard let own else { return nil }
        let grid = TrainingGrid(
            history, profiles: model.profiles, cadence: model.cadence, longestGap: StreamScoringState.keptSlots)
        let channels = own.layout.channels
        let layout = WindowLayout(length: own.lagCount + 1, channels: channels)
        let readings = grid.readings(withWindow: layout.length)
        let folds = crossFitting(readingCount: history.count, length: layout.length, foldCount: 3).folds(of: readings)
        let nothing = ForecastLikelihood(readingCount: history.count, channelCount: history.channelCount)
        var result = HeldOutForecast(forecast: nothing, unconditional: nothing, cost: 0)
        let units = [Double](repeating: 0, count: history.channelCount)
        for fold in folds where fold.fitted.count >= Self.fewestWindows / 2 {
            try pause()
            let fitted: Forecast
            do {
                fitted = try Forecast(
                    fittedTo: grid.windows(layout, endingWith: fold.fitted).values, channels: channels, horizon: 1,
                    weight: 1)
            } catch {
                throw .degenerate(error)
            }
            result.forecast.add(fitted, grid, fold.heldOut, logUnits: units)
            result.unconditional.addUnconditional(
                grid, channels: channels, fitted: fold.fitted, heldOut: fold.heldOut)
            result.cost = max(result.cost, Double(own.lagCount * channels.count) / Double(fold.fitted.count))
        }
        return result.cost > 0 ? result : nil
    }
}
