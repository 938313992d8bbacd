package import AnomalyDetection

/// Stored readings of one stream, oldest first, in columns.
package struct ReadingHistory: Sendable, Equatable {
    /// How many channels the stream has; each reading has as many values.
    package var channelCount: Int
    /// The times.
    package var times: [Timestamp] = []
    /// The values (readings × channels); NaN where missing, and where the stream did not have the channel yet.
    package var values: [Double] = []
    /// The scores; NaN where there is none.
    package var scores: [Float] = []
    /// The settled scores; NaN where there is none, or none yet.
    package var settledScores: [Float] = []
    /// Whether an alert was pending or firing.
    package var isAlerting: [Bool] = []
    /// The models that gave the scores; 0 where there is none.
    package var modelIDs: [Int64] = []
    /// The scores at which an alert would have begun; NaN where they are not stored.
    package var thresholds: [Float] = []

    /// The first readings of stretches behind the first one, where readings in between are stored and were not read.
    package var stretchStarts: [Timestamp] = []

    /// An empty history of a stream with so many channels.
    package init(channelCount: Int) {
        self.channelCount = channelCount
    }

    /// How many readings there are.
    package var count: Int { times.count }

    /// The values of one reading, channel by channel.
    package func values(of reading: Int) -> ArraySlice<Double> {
        values[reading * channelCount..<(reading + 1) * channelCount]
    }

    /// The first readings, at most `limit`.
    package func prefix(_ limit: Int) -> ReadingHistory { readings(of: 0..<min(limit, count)) }

    /// The readings from one on.
    package func suffix(from start: Int) -> ReadingHistory { readings(of: min(start, count)..<count) }

    private func readings(of range: Range<Int>) -> ReadingHistory {
        var result = ReadingHistory(channelCount: channelCount)
        result.times = Array(times[range])
        result.values = Array(values[(range.lowerBound * channelCount)..<(range.upperBound * channelCount)])
        result.scores = Array(scores[range])
        result.settledScores = Array(settledScores[range])
        result.isAlerting = Array(isAlerting[range])
        result.modelIDs = Array(modelIDs[range])
        result.thresholds = Array(thresholds[range])
        return result
    }

    /// The last readings, at most `limit`.
    package func suffix(_ limit: Int) -> ReadingHistory { readings(of: max(0, count - limit)..<count) }

    /// Adds later readings of the same stream.
    package mutating func append(_ later: ReadingHistory) {
        precondition(later.channelCount == channelCount, "the readings differ in their channels")
        times += later.times
        values += later.values
        scores += later.scores
        settledScores += later.settledScores
        isAlerting += later.isAlerting
        modelIDs += later.modelIDs
        thresholds += later.thresholds
    }

    /// The same readings in the opposite order.
    func reversed() -> ReadingHistory {
        var result = ReadingHistory(channelCount: channelCount)
        result.times = times.reversed()
        result.scores = scores.reversed()
        result.settledScores = settledScores.reversed()
        result.isAlerting = isAlerting.reversed()
        result.modelIDs = modelIDs.reversed()
        result.thresholds = thresholds.reversed()
        result.values.reserveCapacity(values.count)
        for reading in (0..<count).reversed() { result.values.append(contentsOf: values(of: reading)) }
        return result
    }
}
