import AnomalyDetection

/// The newest readings of one stream, kept in memory to train on where there is no database.
struct InlineHistory {
    private var history = TrainingHistory(channelCount: 0)
    private let limit: Int

    /// An empty history that keeps at least the newest `limit` readings.
    init(limit: Int) {
        self.limit = limit
    }

    /// Adds a reading; earlier ones get a missing value for a channel that is new with it.
    mutating func append(_ values: ArraySlice<Double>, at time: Timestamp, isAlerting: Bool) {
        if values.count > history.channelCount { widen(to: values.count) }
        if history.count >= 2 * limit { history = history[(history.count - limit)..<history.count] }
        history.times.append(time)
        history.values.append(contentsOf: values)
        history.isAlerting.append(isAlerting)
        history.settledScores.append(.nan)
    }

    private mutating func widen(to channelCount: Int) {
        var values: [Double] = []
        for reading in 0..<history.count {
            values += history.values[(reading * history.channelCount)..<((reading + 1) * history.channelCount)]
            values += Array(repeating: .nan, count: channelCount - history.channelCount)
        }
        history = TrainingHistory(
            channelCount: channelCount, times: history.times, values: values, isAlerting: history.isAlerting,
            settledScores: history.settledScores)
    }

    /// Notes that an alert was pending or firing with a reading, which is known only once it is scored.
    mutating func setAlerting(_ isAlerting: Bool, at time: Timestamp) {
        if let index = index(of: time) { history.isAlerting[index] = isAlerting }
    }

    /// Notes what a reading settled to.
    mutating func setSettled(_ score: Float, at time: Timestamp) {
        if let index = index(of: time) { history.settledScores[index] = score }
    }

    /// The newest `limit` readings up to a time.
    func history(through time: Timestamp) -> TrainingHistory {
        var end = history.count
        while end > 0, history.times[end - 1] > time { end -= 1 }
        return history[max(0, end - limit)..<end]
    }

    /// The newest readings, at most so many.
    func newest(_ count: Int) -> TrainingHistory {
        history[max(0, history.count - count)..<history.count]
    }

    private func index(of time: Timestamp) -> Int? {
        var low = 0
        var high = history.count
        while low < high {
            let middle = (low + high) / 2
            if history.times[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low < history.count && history.times[low] == time ? low : nil
    }
}
