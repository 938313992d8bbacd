/// Readings of one stream that wait for a model, oldest first.
struct HeldReadings: Sendable {
    private(set) var times: [Timestamp] = []
    private var values: [Double] = []
    private var valueEnds: [Int] = []

    /// The number of readings.
    var count: Int { times.count }
    /// Whether none waits.
    var isEmpty: Bool { times.isEmpty }

    /// Adds a reading behind the others.
    mutating func append(_ reading: ArraySlice<Double>, at time: Timestamp) {
        times.append(time)
        values.append(contentsOf: reading)
        valueEnds.append(values.count)
    }

    /// The values of one of the readings.
    func values(of index: Int) -> ArraySlice<Double> {
        values[(index == 0 ? 0 : valueEnds[index - 1])..<valueEnds[index]]
    }
}
