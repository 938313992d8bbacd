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
    /// The first readings of stretches behind the first one, where readings in between exist and are not part of it.
    package var stretchStarts: [Timestamp] = []

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
        var part = TrainingHistory(
            channelCount: channelCount, times: Array(times[range]),
            values: Array(values[(range.lowerBound * channelCount)..<(range.upperBound * channelCount)]),
            isAlerting: Array(isAlerting[range]),
            settledScores: settledScores.isEmpty ? [] : Array(settledScores[range]))
        if let first = part.times.first, let last = part.times.last {
            part.stretchStarts = stretchStarts.filter { $0 > first && $0 <= last }
        }
        return part
    }

    /// Adds later readings of the same stream; settled scores must be known of both or of neither.
    package mutating func append(_ later: TrainingHistory) {
        precondition(later.channelCount == channelCount, "the readings differ in their channels")
        times += later.times
        values += later.values
        isAlerting += later.isAlerting
        settledScores += later.settledScores
    }

    /// The same readings with no more than the first so many channels.
    func narrowed(to count: Int) -> TrainingHistory {
        guard count < channelCount else { return self }
        var narrowed = TrainingHistory(
            channelCount: count, times: times,
            values: (0..<self.count).flatMap { values[($0 * channelCount)..<($0 * channelCount + count)] },
            isAlerting: isAlerting, settledScores: settledScores)
        narrowed.stretchStarts = stretchStarts
        return narrowed
    }

    /// The times from the first to the last reading of each stretch.
    var stretches: [ClosedRange<Timestamp>] {
        let starts = ([times.first].compactMap { $0 } + stretchStarts)
        return starts.indices.compactMap { place in
            let next = place + 1 < starts.count ? times.firstIndex { $0 >= starts[place + 1] } : times.count
            return next.map { starts[place]...times[$0 - 1] }
        }
    }

    /// The values of one channel.
    package func column(_ channel: Int) -> [Double] {
        (0..<count).map { values[$0 * channelCount + channel] }
    }
}
