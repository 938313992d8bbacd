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
        ends = [Self.slots(of: first, model: model), Self.slots(of: second, model: model)]
        for (end, name) in zip(ends, ["first", "second"]) where end.filledShare(length: length) < 0.5 {
            throw .emptyWindow(
                window: name, filledSlots: Int((end.filledShare(length: length) * Double(length)).rounded()),
                slots: length)
        }
        let cells = ends.map { Self.cells(of: part.layout, in: $0) }
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

    /// The slots that the detector would have had with the newest reading.
    private static func slots(of history: TrainingHistory, model: StreamModel) -> StreamHistory {
        var slots = StreamHistory(
            channelCount: model.channelCount, keptSlots: StreamScoringState.keptSlots,
            longestGap: StreamScoringState.longestGap)
        for reading in 0..<history.count {
            let start = reading * history.channelCount
            _ = slots.append(
                history.values[start..<(start + history.channelCount)].span, at: history.times[reading],
                profiles: model.profiles, cadence: model.cadence)
        }
        return slots
    }

    /// The newest window, flattened, with what stands in for missing values, as in scoring.
    private static func cells(of layout: WindowLayout, in slots: StreamHistory) -> [Float] {
        var cells: [Float] = []
        for slot in (slots.count - layout.length)..<slots.count {
            for channel in layout.channels {
                cells.append(slots.values[slot * slots.channelCount + channel])
            }
        }
        return cells
    }
}
