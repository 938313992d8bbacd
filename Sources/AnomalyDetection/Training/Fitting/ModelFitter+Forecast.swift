import LinearAlgebra

extension ModelFitter {
    /// How many slots ahead forecasts look: the next value, and the course of the next few.
    private static let horizons = [1, 8]

    /// Fits a forecast for each horizon.
    func fitForecasts(
        _ grid: TrainingGrid, channels: [Int], readingCount: Int, _ choices: inout [String]
    ) throws(FittingFailure) -> [FittedPart] {
        var parts: [FittedPart] = []
        for horizon in Self.horizons {
            if let part = try fitForecast(grid, channels: channels, horizon: horizon, readingCount, &choices) {
                parts.append(part)
            }
        }
        return parts
    }

    private func fitForecast(
        _ grid: TrainingGrid, channels: [Int], horizon: Int, _ readingCount: Int,
        _ choices: inout [String]
    ) throws(FittingFailure) -> FittedPart? {
        let fitting = Forecast.fittingLayout(of: channels, horizon: horizon, readingCount: readingCount)
        let fitted = grid.readings(withWindow: fitting.length)
        guard fitted.count >= Self.fewestWindows else {
            choices.append(
                Self.describeMissingForecast(horizon: horizon, windowCount: fitted.count, length: fitting.length))
            return nil
        }
        try pause()
        var part = try forecast(grid, fitting, horizon: horizon, readings: fitted)
        let readings = grid.readings(withWindow: part.layout.length)
        guard readings.count >= Self.fewestWindows else {
            choices.append(
                Self.describeMissingForecast(
                    horizon: horizon, windowCount: readings.count, length: part.layout.length))
            return nil
        }
        var errors = [Float](repeating: .nan, count: readingCount)
        measure(part, grid, readings, into: &errors)
        part.scale = Self.highQuantile(of: errors)
        let crossFitting = crossFitting(readingCount: readingCount, length: part.layout.length, foldCount: 3)
        let folds = crossFitting.folds(of: readings)
        for fold in folds where fold.fitted.count >= Self.fewestWindows / 2 {
            try pause()
            measure(
                try forecast(grid, fitting, horizon: horizon, readings: fold.fitted), grid, fold.heldOut, into: &errors)
        }
        choices.append(Self.describe(part))
        let scale = part.scale
        return FittedPart(part: part, ratios: errors.map { $0 / scale })
    }

    private func forecast(
        _ grid: TrainingGrid, _ layout: WindowLayout, horizon: Int, readings: [Int]
    ) throws(FittingFailure) -> Forecast {
        do {
            return try Forecast(
                fittedTo: grid.windows(layout, endingWith: readings).values, channels: layout.channels,
                horizon: horizon, weight: 1 / Float(Self.horizons.count))
        } catch {
            throw .degenerate(error)
        }
    }
}
