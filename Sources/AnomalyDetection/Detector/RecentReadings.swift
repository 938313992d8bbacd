/// The newest raw readings of one stream, oldest first: from them a new model's window is filled and an alert explained.
///
/// Readings are known by their number in the stream, counted from the first that was added.
struct RecentReadings: Sendable {
    /// Readings beyond those that are kept that may gather before the oldest are dropped together.
    private static let slack = 32

    private var times: [Timestamp] = []
    private var values: [Double] = []
    private var valueStarts: [Int] = []
    private var droppedCount = 0
    private let keptCount: Int

    /// An empty run that keeps at least so many readings.
    init(keptCount: Int) {
        self.keptCount = keptCount
    }

    /// How many readings were ever added: the number that the next one gets.
    var end: Int { droppedCount + times.count }

    /// The numbers of at most `limit` readings of which the newest is `last`, as far as they are still held.
    func numbers(through last: Int, limit: Int) -> Range<Int> {
        let end = min(last + 1, end)
        return min(max(droppedCount, end - limit), end)..<end
    }

    /// Adds a reading behind the others.
    mutating func append(_ reading: ArraySlice<Double>, at time: Timestamp) {
        if times.count >= keptCount + Self.slack { dropOldest(times.count - keptCount + 1) }
        times.append(time)
        valueStarts.append(values.count)
        for value in reading { values.append(value) }
    }

    private mutating func dropOldest(_ count: Int) {
        let cut = count < times.count ? valueStarts[count] : values.count
        times.removeSubrange(0..<count)
        values.removeSubrange(0..<cut)
        valueStarts.removeSubrange(0..<count)
        for index in valueStarts.indices { valueStarts[index] -= cut }
        droppedCount += count
    }

    /// The time of the reading with this number.
    func time(of number: Int) -> Timestamp { times[number - droppedCount] }

    /// The values of the reading with this number.
    func values(of number: Int) -> ArraySlice<Double> {
        let index = number - droppedCount
        return values[valueStarts[index]..<(index + 1 < valueStarts.count ? valueStarts[index + 1] : values.count)]
    }
}
