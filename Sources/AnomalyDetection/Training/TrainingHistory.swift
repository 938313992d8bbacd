/// A stretch of one stream's readings, oldest first, to train on.
package struct TrainingHistory: Sendable {
    /// The number of channels.
    package var channelCount: Int
    /// The times of the readings, ascending.
    package var times: [Timestamp]
    /// The values, (readings × channels), NaN where missing.
    package var values: [Double]
    /// For each reading whether an alert was pending or firing with it.
    package var isAlerting: [Bool]
    /// For each reading its settled score, NaN where it has none; empty where none is known.
    package var settledScores: [Float]

    /// A history from its columns, which must agree in length.
    package init(
        channelCount: Int, times: [Timestamp] = [], values: [Double] = [], isAlerting: [Bool] = [],
        settledScores: [Float] = []
    ) {
        precondition(values.count == times.count * channelCount, "\(values.count) values for \(times.count) readings")
        precondition(isAlerting.count == times.count, "\(isAlerting.count) flags for \(times.count) readings")
        precondition(
            settledScores.isEmpty || settledScores.count == times.count,
            "\(settledScores.count) settled scores for \(times.count) readings")
        self.channelCount = channelCount
        self.times = times
        self.values = values
        self.isAlerting = isAlerting
        self.settledScores = settledScores
    }

    /// The number of readings.
    package var count: Int { times.count }

    /// The readings of a range.
    package subscript(range: Range<Int>) -> TrainingHistory {
        TrainingHistory(
            channelCount: channelCount, times: Array(times[range]),
            values: Array(values[(range.lowerBound * channelCount)..<(range.upperBound * channelCount)]),
            isAlerting: Array(isAlerting[range]),
            settledScores: settledScores.isEmpty ? [] : Array(settledScores[range]))
    }

    /// The values of one channel.
    package func column(_ channel: Int) -> [Double] {
        (0..<count).map { values[$0 * channelCount + channel] }
    }
}
