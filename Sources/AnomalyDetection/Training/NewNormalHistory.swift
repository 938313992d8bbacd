/// A history in which normal has changed: readings before the change are brought to the new level, so that what a stream has
/// shown in weeks is not forgotten with one step.
///
/// How far a channel moved is seen right at the change, between the medians of the readings next to it; further away a daily
/// cycle would count as movement too.
struct NewNormalHistory {
    /// Readings on either side of the change from which its size is seen.
    private static let sideLength = 32
    /// An alert begins a few readings after the change, and the change itself may take a few; both are passed over.
    private static let margin = 8

    /// So many readings of a new normal are learned from and judged on. They are fewer than a first model needs: what came before
    /// them is brought to their level, and they need only say what has changed. By the hour they take a week.
    static func neededReadings(_ settings: DetectorSettings) -> Int {
        max(2 * TailChoice.fewestReadings, settings.warmUpReadings / 2)
    }

    /// The readings of the new normal.
    let new: TrainingHistory
    /// Those before it, brought to its level, and those of the new normal.
    let moved: TrainingHistory
    /// How far each channel was moved; 0 where that is not known.
    let offsets: [Double]

    /// Splits a history where the new normal began; all of it is new where it began before. Nil where it begins after it.
    init?(_ history: TrainingHistory, start: Timestamp) {
        guard let first = history.times.firstIndex(where: { $0 >= start }) else { return nil }
        let before = max(0, first - Self.margin - Self.sideLength)..<max(0, first - Self.margin)
        let after =
            min(first + Self.margin, history.count)..<min(first + Self.margin + Self.sideLength, history.count)
        var offsets: [Double] = []
        for channel in 0..<history.channelCount {
            let column = history.column(channel)
            let (old, new) = (Self.median(column[before]), Self.median(column[after]))
            offsets.append(old.isFinite && new.isFinite ? new - old : 0)
        }
        var moved = history
        for reading in 0..<first {
            for channel in 0..<history.channelCount {
                moved.values[reading * history.channelCount + channel] += offsets[channel]
            }
        }
        self.offsets = offsets
        self.moved = moved
        new = history[first..<history.count]
    }

    private static func median(_ values: ArraySlice<Double>) -> Double {
        let present = values.filter { $0.isFinite }.sorted()
        return present.isEmpty ? .nan : quantile(ofSorted: present, 0.5)
    }
}
