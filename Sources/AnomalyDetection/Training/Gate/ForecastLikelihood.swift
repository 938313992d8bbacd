import LinearAlgebra
import RealModule
import VAE

/// How likely single values are under what was said of them before they came: log-densities in natural units, each forecast
/// taken as Gaussian.
///
/// It is the same measure for every model: the course of a stream that a model does not know it takes for noise, and says so by a
/// large deviation.
struct ForecastLikelihood {
    /// A value so many deviations from its forecast or further is a fault or a broken reading and counts no more than that:
    /// without a bound the measure of a tail would be that of its oddest reading.
    private static let farthest = 5.0

    /// For each value (readings × channels) its log-density; NaN where nothing was forecast.
    private(set) var values: [Double]
    private let channelCount: Int

    /// Nothing is known yet.
    init(readingCount: Int, channelCount: Int) {
        self.channelCount = channelCount
        values = [Double](repeating: .nan, count: readingCount * channelCount)
    }

    /// How likely the readings of a history from `first` on that no alert covers are under a model, in units of each channel's
    /// spread in `yardstick`.
    init(_ model: StreamModel, of history: TrainingHistory, from first: Int, yardstick: [ChannelProfile]) {
        self.init(readingCount: history.count, channelCount: history.channelCount)
        guard let window = model.network else { return }
        let known = history.narrowed(to: model.channelCount)
        let grid = TrainingGrid(
            known, profiles: model.profiles, cadence: model.cadence, longestGap: StreamScoringState.longestGap)
        // One reading before the first foretells it.
        let readings = grid.readings(withWindow: window.layout.length).filter {
            $0 + 1 >= first && !history.isAlerting[$0]
        }
        let logUnits = model.profiles.indices.map { Double.log(model.profiles[$0].spread / yardstick[$0].spread) }
        let series = grid.series(of: window.layout.channels)
        let bare = Rebuild(
            layout: window.layout, inverseVariances: [Float](repeating: 1, count: window.layout.width), scale: 1)
        let replay = NetworkReplay(window, grid, series, readings, rebuild: bare)
        add(
            replay,
            inverseVariances: Self.unseen(
                model.foresight?.inverseVariances ?? window.network.foresightVariances.map { 1 / $0 },
                window.network.shape, fittedTo: model.trainedReadings),
            channels: window.layout.channels, grid, logUnits)
        for index in values.indices where index < first * channelCount { values[index] = .nan }
    }

    /// One over the variances of what is foretold of readings that were not fitted to, from those of readings that were: a regression of
    /// p coefficients on n readings leaves (1 − p/n) of the variance where it was fitted and (1 + p/n) of it elsewhere.
    static func unseen(_ inverseVariances: [Float], _ shape: NetworkShape, fittedTo count: Int) -> [Float] {
        let share = min(Float(shape.latentCount + shape.newestCount) / Float(max(1, count)), 0.9)
        return inverseVariances.map { $0 * (1 - share) / (1 + share) }
    }

    /// Adds how likely readings are that a network foretold one slot ahead; `logUnits` is subtracted from each channel's
    /// log-densities.
    mutating func add(
        _ replay: NetworkReplay, inverseVariances: [Float], channels: [Int], _ grid: TrainingGrid, _ logUnits: [Double]
    ) {
        let deviations = channels.indices.map { Double((1 / inverseVariances[$0]).squareRoot()) }
        var readingOfSlot: [Int: Int] = [:]
        for (reading, slot) in grid.slots.enumerated() { readingOfSlot[slot] = reading }
        replay.forEachError(horizon: 0) { slot, place, error in
            guard let reading = readingOfSlot[slot] else { return }
            let channel = channels[place]
            values[reading * channelCount + channel] =
                Self.logDensity(Double(error), deviation: deviations[place]) - logUnits[channel]
        }
    }

    /// Adds how likely readings are under each channel's mean and deviation in other readings: what is known without a model.
    mutating func addUnconditional(_ grid: TrainingGrid, channels: [Int], fitted: [Int], heldOut: [Int]) {
        let layout = WindowLayout(length: 1, channels: channels)
        for (place, channel) in channels.enumerated() {
            let column = grid.column(channel)
            let count = Double(max(1, fitted.count))
            let mean = fitted.reduce(0) { $0 + Double(column[$1]) } / count
            let variance = fitted.reduce(0) { $0 + (Double(column[$1]) - mean) * (Double(column[$1]) - mean) } / count
            let deviation = max(variance.squareRoot(), 1e-3)
            grid.forEachBlock(layout, endingWith: heldOut) { block, ends in
                for (row, reading) in ends.enumerated() {
                    let cell = row * layout.width + place
                    guard block.presence[cell] == Presence.observed else { continue }
                    values[reading * channelCount + channel] = Self.logDensity(
                        Double(block.values[cell]) - mean, deviation: deviation)
                }
            }
        }
    }

    private static func logDensity(_ distance: Double, deviation: Double) -> Double {
        let deviations = min(abs(distance / deviation), farthest)
        return -(deviations * deviations + Double.log(2 * .pi)) / 2 - Double.log(deviation)
    }

    /// The difference of two log-likelihoods of a value, over the values for which both are known.
    struct Difference {
        /// The means of the one and of the other.
        var (own, other) = (Double.nan, Double.nan)
        /// The standard error of their difference.
        var error = Double.nan
        /// Positive where the first is the likelier.
        var mean: Double { own - other }
    }

    /// Compares with another. Neighboring readings are alike, so the error is seen from the means of ten stretches of time.
    func difference(from other: ForecastLikelihood) -> Difference {
        let both = values.indices.filter { values[$0].isFinite && other.values[$0].isFinite }
        guard !both.isEmpty else { return Difference() }
        let count = Double(both.count)
        var result = Difference()
        result.own = both.reduce(0) { $0 + values[$1] } / count
        result.other = both.reduce(0) { $0 + other.values[$1] } / count
        let blockCount = min(10, both.count)
        let means = (0..<blockCount).map { block in
            let cells = both[(block * both.count / blockCount)..<((block + 1) * both.count / blockCount)]
            return cells.reduce(0) { $0 + values[$1] - other.values[$1] } / Double(max(1, cells.count))
        }
        let squares = means.reduce(0) { $0 + ($1 - result.mean) * ($1 - result.mean) }
        result.error = (squares / Double(max(1, blockCount - 1)) / Double(blockCount)).squareRoot()
        return result
    }
}
