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
