import RealModule

/// How odd a stream has been for the last hour or so, which a young model measures against what is odd now.
///
/// Temperature, load and light follow the time of day. A model that has not met each time of day twice cannot know how; what
/// comes over hours is new to it day after day, while most faults come at once. So until it has, only what is clearly odder than
/// the last hour was begins an alert. What an alert covers is no context.
struct SlowContext: Sendable, Equatable {
    /// Nanoseconds of readings that a model has to know before this ends.
    static let ending: Int64 = 2 * 86_400 * 1_000_000_000
    /// Nanoseconds in which the context follows; in an hour the time of day moves what follows it by a quarter of its range at most.
    private static let timeConstant = 3_600e9
    /// It follows in at least so many readings, or a fault that rises for some readings would be its own context.
    private static let fewestReadings = 16.0
    /// An alert begins at this multiple of the context.
    private static let factor: Float = 2

    /// A model of fewer readings than this has met few of the ways in which its stream is normal.
    private static let fewReadings = 1_000
    /// An alert begins at this multiple of its level. On the labelled series, learned from their first reading on, it spares 8 of 77
    /// false alerts and misses none of the events; learned from a quarter at once, where false alerts are few, it misses 2 of 129.
    private static let fewReadingsMargin: Float = 1.2

    /// The multiple of its level at which an alert begins under a young model of so many readings.
    static func margin(trainedReadings: Int) -> Float { trainedReadings < fewReadings ? fewReadingsMargin : 1 }

    /// The moving mean of the sums of evidence; nil before the first.
    private(set) var mean: Float?
    private let share: Float

    /// The context of readings in a rhythm, from the mean so far.
    init(cadence: Cadence, mean: Float? = nil) {
        share = Float(1 - Double.exp(-min(Double(cadence.interval) / Self.timeConstant, 1 / Self.fewestReadings)))
        self.mean = mean
    }

    /// The least sum of evidence at which an alert begins.
    var leastSum: Float { Self.factor * (mean ?? 0) }

    /// Takes in a reading's sum.
    mutating func follow(_ sum: Float) {
        guard let mean else {
            self.mean = sum
            return
        }
        self.mean = mean + share * (sum - mean)
    }
}
