import LinearAlgebra
import VAE

/// Windows on the way from one stored window to another, evenly spaced in the autoencoder's latent space.
///
/// The first and the last are the two as the autoencoder rebuilds them. Channels that stay out of windows keep the values of
/// the nearer end.
package struct WindowMorph: Sendable {
    /// The number of windows, both ends among them.
    package let stepCount: Int
    /// The number of readings in a window.
    package let windowLength: Int
    /// The distance of two readings, in nanoseconds.
    package let interval: Int64
    /// The time of the first window's newest reading.
    package let firstWindowEnd: Timestamp

    private let profiles: [ChannelProfile]
    private let windowed: [Int]
    private let windows: Matrix  // (steps × cells)
    private let ends: [StreamHistory]

    /// So many of the newest readings before an end are enough to fill its window.
    package static let readingsNeeded = StreamScoringState.keptSlots

    /// The way between the windows that end with the newest readings of two stretches of history, in at least two steps.
    ///
    /// Throws where nothing in the model rebuilds windows, or fewer than half of the slots of a window have a reading.
    package init(
        model: StreamModel, from first: TrainingHistory, to second: TrainingHistory, steps: Int
    ) throws(GenerationFailure) {
        let part = try model.generativeNetwork()
        guard let firstTime = first.times.last else { throw .noReadings(window: "first") }
        guard !second.times.isEmpty else { throw .noReadings(window: "second") }
        let length = part.layout.length
        ends = [StreamHistory(of: first, under: model), StreamHistory(of: second, under: model)]
        for (end, name) in zip(ends, ["first", "second"]) where end.filledShare(length: length) < 0.5 {
            throw .emptyWindow(
                window: name, filledSlots: Int((end.filledShare(length: length) * Double(length)).rounded()),
                slots: length)
        }
        let cells = ends.map { $0.newestCells(of: part.layout) }
        stepCount = steps
        windowLength = length
        interval = model.cadence.interval
        firstWindowEnd = firstTime
        profiles = model.profiles
        windowed = part.layout.channels
        windows = part.network.interpolate(between: cells[0], and: cells[1], steps: steps)
    }

    /// The reading in one slot of the window of a step, channel by channel; both are counted from zero. NaN where a channel that
    /// stays out of windows was missing.
    package func reading(step: Int, slot: Int) -> [Double] {
        let end = ends[2 * step < stepCount ? 0 : 1]
        let start = (end.count - windowLength + slot) * end.channelCount
        var values = profiles.indices.map { channel in
            end.presence[start + channel] == Presence.observed
                ? profiles[channel].rendered(end.values[start + channel]) : .nan
        }
        for (place, channel) in windowed.enumerated() {
            values[channel] = profiles[channel].rendered(windows[step, slot * windowed.count + place])
        }
        return values
    }
}
