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
    /// With more coefficients for each reading, members of a fleet say nothing of another.
    private static let highestCost = 0.25

    /// Forecasts each block of a history by a fit to the others, as the model's own was calibrated: blocks of time, or the streams
    /// of a fleet. Nil where the model has no forecast, or all blocks have too few readings.
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
        for fold in folds where !fold.heldOut.isEmpty && fold.fitted.count >= Self.fewestWindows / 2 {
            try pause()
            // A fleet's lags follow from the readings of all members; the others of one that has most are too few for as many.
            let lags =
                members.isEmpty
                ? own.lagCount
                : Forecast.fittingLayout(of: channels, horizon: 1, readingCount: fold.fitted.count).length - 1
            let cost = Double(lags * channels.count) / Double(fold.fitted.count)
            guard members.isEmpty || cost <= Self.highestCost else { continue }
            let windows = grid.windows(WindowLayout(length: lags + 1, channels: channels), endingWith: fold.fitted)
            let fitted: Forecast
            do {
                fitted = try Forecast(fittedTo: windows.values, channels: channels, horizon: 1, weight: 1)
            } catch {
                throw .degenerate(error)
            }
            result.forecast.add(fitted, grid, fold.heldOut, logUnits: units)
            result.unconditional.addUnconditional(
                grid, channels: channels, fitted: fold.fitted, heldOut: fold.heldOut)
            result.cost = max(result.cost, cost)
        }
        return result.cost > 0 ? result : nil
    }
}
