import LinearAlgebra
import VAE

/// New readings of a stream as its model imagines them: normal ones, without end, in the channels' own units.
///
/// Windows are drawn from the autoencoder's latent space and joined (``JoinedWindows``). Nothing is missing but channels
/// that never reported. The same model, history and seed give the same readings.
///
/// The latent means of real windows do not fill the prior: where a window has hundreds of cells, what they say outweighs
/// the divergence, and on the simulated machines the means lie on a shell four to five standard deviations out. Draws from
/// the prior fall into its hollow and come out flat, so the latent variables are drawn among those of the stream's own normal
/// windows where there are any at hand (a density estimated afterwards; Ghosh et al. 2020), and from the prior only where
/// there are not. What four latent variables cannot say, and the sensors' own noise, come from the remembered window that a
/// drawn one is like: independent noise of the same deviation has no course, which a forecast tells from real noise at once.
package struct SyntheticReadings: Sendable {
    /// The distance of two readings, in nanoseconds.
    package let interval: Int64
    /// The number of channels, those of the model.
    package let channelCount: Int
    /// Whether the history had too few normal windows, so that the latent variables are drawn from the prior.
    package let isFromPrior: Bool

    private let profiles: [ChannelProfile]
    private let windowed: [Int]
    private let windowLength: Int
    private let states: StateChannels
    private let grid: TrainingGrid
    /// For each remembered window its last slot of the grid.
    private let lastSlots: [Int]
    private var windows: JoinedWindows
    private var source: RandomSource
    private var slot: [Float]
    private var values: [Double]
    private var count = 0

    /// The readings of a model.
    ///
    /// `history` are readings of the stream, best those that the model was trained on; with fewer than 64 normal windows in
    /// it, none for instance, the latent variables come from the prior. Throws
    /// ``GenerationFailure`` where nothing in the model rebuilds windows, or only an adversarial network does.
    package init(
        model: StreamModel, resembling history: TrainingHistory, seed: UInt64
    ) throws(GenerationFailure) {
        let part = try model.generativeNetwork()
        interval = model.cadence.interval
        channelCount = model.channelCount
        profiles = model.profiles
        windowed = part.layout.channels
        windowLength = part.layout.length
        states = StateChannels(profiles: model.profiles, windowed: part.layout.channels)
        source = RandomSource(seed: seed)
        grid = TrainingGrid(
            history.limited(toChannels: model.channelCount), profiles: model.profiles, cadence: model.cadence,
            longestGap: StreamScoringState.longestGap)
        let ends = LatentSource.windows(of: grid, layout: part.layout)
        isFromPrior = ends.count < LatentSource.fewestWindows
        lastSlots = ends.map { [grid] in grid.slots[$0] }
        windows = JoinedWindows(
            part, latents: isFromPrior ? .prior : .remembering(ends, of: grid, by: part), seed: source.next())
        slot = [Float](repeating: 0, count: windowed.count)
        values = [Double](repeating: .nan, count: model.channelCount)
    }

    /// The next reading, channel by channel.
    package mutating func next() -> [Double] {
        if count.isMultiple(of: windowLength) { states.draw(from: &source, into: &values) }
        count += 1
        let resemblance = windows.next(into: &slot)
        if let resemblance {
            // Switches stand as they stood when the stream was like this, so that they go with the other channels.
            let remembered = lastSlots[resemblance.window] - windowLength + 1 + resemblance.slot
            for channel in states.movingChannels where grid.presence[remembered * channelCount + channel] > 0 {
                values[channel] = profiles[channel].rendered(grid.values[remembered * channelCount + channel])
            }
        }
        for (place, channel) in windowed.enumerated() { values[channel] = profiles[channel].rendered(slot[place]) }
        return values
    }
}

extension TrainingHistory {
    /// The same readings without the channels that came later than the first so many.
    fileprivate func limited(toChannels limit: Int) -> TrainingHistory {
        guard limit < channelCount else { return self }
        let kept = (0..<count).flatMap { values[($0 * channelCount)..<($0 * channelCount + limit)] }
        return TrainingHistory(channelCount: limit, times: times, values: kept, isAlerting: isAlerting)
    }
}
