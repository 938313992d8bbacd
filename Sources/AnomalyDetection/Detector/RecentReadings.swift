/// The newest raw readings of one stream, oldest first: from them a new model's window is filled.
struct RecentReadings: Sendable {
    private(set) var times: [Timestamp] = []
    private var values: [Double] = []
    private var valueStarts: [Int] = []
    private let keptCount: Int

    /// An empty run that keeps at least so many readings.
    init(keptCount: Int) {
        self.keptCount = keptCount
    }

    /// The number of readings held.
    var count: Int { times.count }

    /// Adds a reading behind the others.
    mutating func append(_ reading: ArraySlice<Double>, at time: Timestamp) {
        if times.count >= 2 * keptCount { dropOldest(times.count - keptCount + 1) }
        times.append(time)
        valueStarts.append(values.count)
        values.append(contentsOf: reading)
    }

    private mutating func dropOldest(_ count: Int) {
        let cut = count < times.count ? valueStarts[count] : values.count
        times.removeSubrange(0..<count)
        values.removeSubrange(0..<cut)
        valueStarts.removeSubrange(0..<count)
        for index in valueStarts.indices { valueStarts[index] -= cut }
    }

    /// The values of one of the readings.
    func values(of index: Int) -> ArraySlice<Double> {
        values[valueStarts[index]..<(index + 1 < valueStarts.count ? valueStarts[index + 1] : values.count)]
    }

    /// Forgets all readings.
    mutating func removeAll() {
        times.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        valueStarts.removeAll(keepingCapacity: true)
    }
}
