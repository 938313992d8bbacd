import LinearAlgebra
package import VAE

/// A network with its two read-outs, as one fit gives them.
package struct NetworkParts {
    /// The network.
    package let window: WindowNetwork
    /// How badly it rebuilds.
    package private(set) var rebuild: Rebuild
    /// How badly it foretells.
    package private(set) var foresight: Foresight

    /// The variances and scales of a network's read-outs on the readings that it was fitted to.
    package init(
        _ window: WindowNetwork, adversarial: AdversarialAutoencoder?, _ grid: TrainingGrid, _ series: WindowSeries,
        fitted readings: [Int]
    ) {
        self.window = window
        let (layout, shape) = (window.layout, window.network.shape)
        let ones = [Float](repeating: 1, count: layout.width)
        let bare = Rebuild(layout: layout, inverseVariances: ones, scale: 1, adversarial: adversarial)
        let unscaled = Rebuild(
            layout: layout,
            inverseVariances: NetworkReplay.inverseVariances(
                of: window, rebuild: bare, grid, readings.evenlySpaced(limit: VariationalAutoencoder.sampleLimit)),
            scale: 1, adversarial: adversarial)
        let replay = NetworkReplay(window, grid, series, readings, rebuild: unscaled)
        rebuild = Rebuild(
            layout: layout, inverseVariances: unscaled.inverseVariances,
            scale: ModelFitter.highQuantile(of: replay.rebuildErrors), adversarial: adversarial)
        let variances = replay.inverseForesightVariances
        let whole = replay.foresightErrors(inverseVariances: variances, isWhole: true)
        let partly = replay.foresightErrors(inverseVariances: variances, isWhole: false)
        foresight = Foresight(
            layout: layout, horizons: shape.horizons, inverseVariances: variances,
            scales: zip(whole, partly).map { whole, partly in
                let isEnough = whole.count { $0.isFinite } >= ModelFitter.fewestWindows
                return ModelFitter.highQuantile(of: isEnough ? whole : partly)
            })
    }

    /// Makes what counted as these ratios count as one.
    mutating func rescale(rebuild rebuildRatio: Float, foresight foresightRatio: Float) {
        rebuild.scale *= rebuildRatio
        foresight.scales = foresight.scales.map { $0 * foresightRatio }
    }

    /// The ratios of both read-outs for readings in order; NaN where nothing can be said.
    package func ratios(
        _ grid: TrainingGrid, _ series: WindowSeries, _ readings: [Int]
    ) -> (rebuild: [Float], foresight: [Float], replay: NetworkReplay) {
        let replay = NetworkReplay(window, grid, series, readings, rebuild: rebuild)
        let errors = replay.foresightErrors(inverseVariances: foresight.inverseVariances, isWhole: false)
        let ratios = readings.indices.map { row in
            errors.indices.reduce(Float.nan) { largest, index in
                let ratio = errors[index][row] / foresight.scales[index]
                return ratio <= largest || ratio.isNaN ? largest : ratio
            }
        }
        return (replay.rebuildErrors.map { $0 / rebuild.scale }, ratios, replay)
    }
}
