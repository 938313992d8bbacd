import LinearAlgebra
package import VAE

/// What a network makes of readings in order: how far it rebuilds each window from what it was, and what it foretold with each.
package struct NetworkReplay {
    /// For each reading the mean squared error of its rebuilt window in units of the variances that were given, in order.
    package private(set) var rebuildErrors: [Float] = []
    /// What was foretold with each reading, (readings × H·d).
    package private(set) var foretold: [Float] = []
    /// The readings.
    package let readings: [Int]

    private let grid: TrainingGrid
    private let window: WindowNetwork
    private let series: WindowSeries

    /// Runs a network over the windows that end with these readings, which ascend. `series` are the grid's slots of its channels.
    package init(
        _ window: WindowNetwork, _ grid: TrainingGrid, _ series: WindowSeries, _ readings: [Int], rebuild: Rebuild
    ) {
        self.readings = readings
        self.grid = grid
        self.window = window
        self.series = series
        var scratch = EvidenceScratch()
        rebuild.reserve(in: &scratch)
        var errors = [Float](repeating: 0, count: WindowBlock.rowCount)
        rebuildErrors.reserveCapacity(readings.count)
        foretold.reserveCapacity(readings.count * window.network.shape.foretoldCount)
        grid.forEachBlock(window.layout, endingWith: readings) { block, _ in
            window.run(block, scratch: &scratch)
            rebuild.errors(block, scratch: &scratch, into: &errors)
            rebuildErrors += errors[..<block.count]
            foretold += scratch.pass?.foretold[..<(block.count * window.network.shape.foretoldCount)] ?? []
        }
    }

    /// One over the mean square of what a network leaves of each observed cell of the windows that end with these readings, at least of the
    /// least noise, (width).
    static func inverseVariances(
        of window: WindowNetwork, rebuild: Rebuild, _ grid: TrainingGrid, _ readings: [Int]
    ) -> [Float] {
        let width = window.layout.width
        var squares = [Double](repeating: 0, count: width)
        var counts = squares
        var scratch = EvidenceScratch()
        rebuild.reserve(in: &scratch)
        var errors = [Float](repeating: 0, count: WindowBlock.rowCount)
        grid.forEachBlock(window.layout, endingWith: readings) { block, _ in
            window.run(block, scratch: &scratch)
            rebuild.errors(block, scratch: &scratch, into: &errors)
            let rebuilt = rebuild.adversarial == nil ? scratch.pass?.rebuilt ?? [] : scratch.firstPass
            for index in 0..<(block.count * width) where block.presence[index] == Presence.observed {
                let residual = Double(block.values[index] - rebuilt[index])
                squares[index % width] += residual * residual
                counts[index % width] += 1
            }
        }
        let least = Double(VariationalAutoencoder.leastNoise * VariationalAutoencoder.leastNoise)
        return (0..<width).map { Float(1 / max(squares[$0] / max(1, counts[$0]), least)) }
    }

    /// Calls `body` with the place of each foretold value in ``foretold``'s row, with what came less what was foretold, and with its slot
    /// and channel; values that did not come or may not be learned are left out.
    func forEachError(horizon index: Int, _ body: (_ slot: Int, _ channel: Int, _ error: Float) -> Void) {
        let shape = window.network.shape
        let d = shape.channelCount
        for (row, reading) in readings.enumerated() {
            let slot = grid.slots[reading] + shape.horizons[index]
            guard slot < series.isForetellable.count, series.isForetellable[slot] else { continue }
            for channel in 0..<d where series.observed[slot * d + channel] != 0 {
                let forecast = foretold[row * shape.foretoldCount + index * d + channel]
                body(slot, channel, series.values[slot * d + channel] - forecast)
            }
        }
    }

    /// One over the variance of the errors of what was foretold, for each horizon and channel (H·d).
    var inverseForesightVariances: [Float] {
        let shape = window.network.shape
        let least = VariationalAutoencoder.leastForesightNoise * VariationalAutoencoder.leastForesightNoise
        var result: [Float] = []
        for index in shape.horizons.indices {
            var (sums, squares) = (
                [Double](repeating: 0, count: shape.channelCount), [Double](repeating: 0, count: shape.channelCount)
            )
            var counts = sums
            forEachError(horizon: index) { _, channel, error in
                sums[channel] += Double(error)
                squares[channel] += Double(error) * Double(error)
                counts[channel] += 1
            }
            for channel in 0..<shape.channelCount {
                let count = max(1, counts[channel])
                let mean = sums[channel] / count
                result.append(1 / max(Float(squares[channel] / count - mean * mean), least))
            }
        }
        return result
    }

    /// For each horizon and reading the error averaged over the newest slots, in units of these variances; NaN where too little was
    /// foretold, or, if `isWhole`, anything was not.
    package func foresightErrors(inverseVariances: [Float], isWhole: Bool) -> [[Float]] {
        let shape = window.network.shape
        let d = shape.channelCount
        let fewest = (isWhole ? ForesightState.slotCount : Foresight.fewestSlots) * d
        var state = ForesightState(horizons: shape.horizons, channelCount: d)
        var errors = [[Float]](
            repeating: [Float](repeating: .nan, count: readings.count), count: shape.horizons.count)
        var presence = [Int8](repeating: 0, count: d)
        var sums = [Float](repeating: 0, count: d)
        for (row, reading) in readings.enumerated() {
            let slot = grid.slots[reading]
            for channel in 0..<d {
                presence[channel] = series.observed[slot * d + channel] != 0 ? Presence.observed : Presence.missing
            }
            state.observe(
                slot: slot, values: series.values.span.extracting((slot * d)..<((slot + 1) * d)),
                presence: presence.span, inverseVariances: inverseVariances)
            state.note(
                foretold.span.extracting((row * shape.foretoldCount)..<((row + 1) * shape.foretoldCount)), slot: slot)
            for index in shape.horizons.indices {
                let (sum, count) = state.sum(horizon: index, byChannel: &sums)
                if count >= fewest { errors[index][row] = sum / Float(count) }
            }
        }
        return errors
    }
}
