import AnomalyDetection

/// The newest readings of one stream, kept in memory to train on where there is no database.
struct InlineHistory {
    private var history = TrainingHistory(channelCount: 0)
    private let limit: Int
    private let span: Int64
    /// With so many readings, those that are too old are forgotten.
    private var mostReadings: Int

    /// An empty history that keeps at least the newest `limit` readings and all that are not older than `span` nanoseconds.
    init(limit: Int, span: Int64 = 0) {
        self.limit = limit
        self.span = span
        mostReadings = 2 * limit
    }

    /// Adds a reading; earlier ones get a missing value for a channel that is new with it.
    mutating func append(_ values: ArraySlice<Double>, at time: Timestamp, isAlerting: Bool) {
        if values.count > history.channelCount { widen(to: values.count) }
        if history.count >= mostReadings { forget(before: time.advanced(byNanoseconds: -span)) }
        history.times.append(time)
        history.values.append(contentsOf: values)
        history.isAlerting.append(isAlerting)
        history.settledScores.append(.nan)
    }

    private mutating func forget(before time: Timestamp) {
        history = history[min(history.count - limit, firstIndex(from: time))..<history.count]
        mostReadings = 2 * history.count
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

    /// The readings up to a time that a plan chooses; around `pinned` none is missing.
    func history(through time: Timestamp, plan: HistoryPlan, pinned: Timestamp? = nil) -> TrainingHistory {
        var end = history.count
        while end > 0, history.times[end - 1] > time { end -= 1 }
        let newest = history[max(0, end - plan.limit)..<end]
        guard let oldest = history.times.first,
            let stretches = plan.stretches(oldest: oldest, newest: newest.times, pinned: pinned)
        else { return newest }
        var planned = TrainingHistory(channelCount: history.channelCount)
        for stretch in stretches {
            let first = firstIndex(from: stretch.lowerBound)
            let past = firstIndex(from: stretch.upperBound.advanced(byNanoseconds: 1))
            planned.append(history[first..<min(past, first + plan.readingsInStretch)])
        }
        planned.append(history[(end - plan.newestCount)..<end])
        return planned
    }

    /// The newest readings, at most so many.
    func newest(_ count: Int) -> TrainingHistory {
        history[max(0, history.count - count)..<history.count]
    }

    private func index(of time: Timestamp) -> Int? {
        let index = firstIndex(from: time)
        return index < history.count && history.times[index] == time ? index : nil
    }

    /// The first reading from a time on.
    private func firstIndex(from time: Timestamp) -> Int {
        var low = 0
        var high = history.count
        while low < high {
            let middle = (low + high) / 2
            if history.times[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
