import RealModule
import VAE

/// How likely readings are under forecasts that did not see them, and under each channel's mean and spread.
struct HeldOutForecast {
    /// By forecasts.
    private(set) var forecast: ForecastLikelihood
    /// By mean and spread.
    private(set) var unconditional: ForecastLikelihood
    /// By how much a forecast of pure noise is less likely than mean and spread: a coefficient costs half a unit of likelihood
    /// in training and another half held out, spread over the readings that it was fitted to.
    private(set) var cost = 0.0

    /// Nothing is known yet.
    init(readingCount: Int, channelCount: Int) {
        forecast = ForecastLikelihood(readingCount: readingCount, channelCount: channelCount)
        unconditional = forecast
    }

    /// Adds what a network foretold of readings that it was not fitted to, one slot ahead.
    mutating func add(
        _ replay: NetworkReplay, _ parts: NetworkParts, _ grid: TrainingGrid, _ series: WindowSeries, fitted: [Int],
        heldOut: [Int]
    ) {
        let channels = parts.window.layout.channels
        let units = [Double](repeating: 0, count: grid.channelCount)
        let shape = parts.window.network.shape
        forecast.add(
            replay,
            inverseVariances: ForecastLikelihood.unseen(
                parts.foresight.inverseVariances, shape, fittedTo: fitted.count), channels: channels, grid, units)
        unconditional.addUnconditional(grid, channels: channels, fitted: fitted, heldOut: heldOut)
        cost = max(cost, Double(shape.latentCount + shape.newestCount) / Double(max(1, fitted.count)))
    }

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
