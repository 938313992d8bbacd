import LinearAlgebra
package import VAE

/// Readings that could follow a stream's newest ones, without end, in the channels' own units: each is drawn from what the model
/// foretells after those before it, the drawn ones included.
///
/// Where the model has an attention forecaster it is that which foretells, as a distribution over bins; otherwise it is the network's
/// foresight, as a mean and a deviation a channel. Channels that stay out of windows keep their newest value: how long a switch stays
/// as it is, is not among the things that a model learns. Nothing is missing but channels that never reported. The same model,
/// readings, sampling and seed give the same readings.
package struct ContinuedReadings: Sendable {
    /// The distance of two readings, in nanoseconds.
    package let interval: Int64
    /// The number of channels, those of the model.
    package let channelCount: Int
    /// The time of the first reading: one interval after the newest that is gone on from.
    package let start: Timestamp
    /// Whether an attention forecaster foretells.
    package var isByAttention: Bool { attention != nil }

    private let profiles: [ChannelProfile]
    private let windowed: [Int]
    private var attention: CausalContinuation?
    private var foresight: ForesightContinuation?
    private var values: [Double]

    /// So many of the newest readings fill all windows, as the live detector has them.
    package static let readingsNeeded = StreamScoringState.readingsToFill

    /// The readings after the newest of a stream's.
    ///
    /// What is missing among the newest ones an attention forecaster does not see; for the network stands in what stands in for it in
    /// scoring. `sampling` says how values are drawn: a temperature of 0 takes the most likely bin or the mean, `topK` and `topP`
    /// cut the distribution over bins, and of a mean with a deviation `topP` is the central mass.
    ///
    /// Throws where the model foretells nothing, fewer than half of the slots of its window have a reading, or `topK` is asked of a
    /// model that has no bins.
    package init(
        model: StreamModel, after history: TrainingHistory, sampling: TokenSampling, seed: UInt64
    ) throws(GenerationFailure) {
        guard let newest = history.times.last else { throw .nothingToContinue }
        guard let network = model.network else { throw .nothingForetells }
        let slots = StreamHistory(of: history, under: model)
        let share = slots.filledShare(length: model.scoredWindow)
        guard share >= 0.5 else {
            throw .sparseEnd(
                filledSlots: Int((share * Double(model.scoredWindow)).rounded()), slots: model.scoredWindow)
        }
        interval = model.cadence.interval
        channelCount = model.channelCount
        start = newest.advanced(byNanoseconds: model.cadence.interval)
        profiles = model.profiles
        if let part = model.parts.lazy.compactMap({ $0 as? AttentionForesight }).first {
            windowed = part.layout.channels
            attention = Self.continuation(of: slots, by: part, sampling: sampling, seed: seed)
        } else {
            windowed = network.layout.channels
            foresight = try ForesightContinuation(
                of: slots.newestCells(of: network.layout), by: network, sampling: sampling, seed: seed)
        }
        values = Self.newestValues(of: history, profiles: model.profiles)
    }

    private static func continuation(
        of slots: StreamHistory, by part: AttentionForesight, sampling: TokenSampling, seed: UInt64
    ) -> CausalContinuation {
        let (rows, columns) = (part.layout.length, part.layout.channels.count)
        return CausalContinuation(
            of: Matrix(rows: rows, columns: columns, elements: slots.newestCells(of: part.layout)),
            mask: Matrix(rows: rows, columns: columns, elements: slots.newestMask(of: part.layout)),
            by: part.network, sampling: sampling, seed: seed)
    }

    /// For each channel its newest value; one that was missing in all readings has the known value next to its center.
    private static func newestValues(of history: TrainingHistory, profiles: [ChannelProfile]) -> [Double] {
        profiles.indices.map { channel in
            if channel < history.channelCount {
                for reading in (0..<history.count).reversed() {
                    let value = history.values[reading * history.channelCount + channel]
                    if value.isFinite { return value }
                }
            }
            return profiles[channel].knownValues.isEmpty ? .nan : profiles[channel].rendered(0)
        }
    }

    /// The next reading, channel by channel.
    package mutating func next() -> [Double] {
        if let next = attention?.next() { say(next) }
        if let next = foresight?.next() {
            say(next)
            // The stream would go on from what its sensors say, which may be one of few values.
            foresight?.append(windowed.map { profiles[$0].normalized(values[$0]) })
        }
        return values
    }

    /// Takes normalized values of the channels of windows for those of the reading, each within the range that has a scale.
    private mutating func say(_ foretold: [Float]) {
        let clip = ChannelProfile.clip
        for (place, channel) in windowed.enumerated() {
            values[channel] = profiles[channel].rendered(min(max(foretold[place], -clip), clip))
        }
    }
}
