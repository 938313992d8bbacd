/// Alerts of a history that came again and again, look alike, and were confirmed by nobody: what they were about is part of what
/// the stream does.
///
/// What an alert covers is not learned, so a backup that runs each night would raise an alert each night. An incident comes once or
/// is confirmed, so that so many alike are none. They are alike by what the readings of a channel did: how far they went beyond
/// what is usual for it, where they were in the mean, how much they moved, and how many were missing.
struct RecurringAlerts {
    /// So many alike are no incidents: the third false alarm is the one at which people leave.
    private static let fewest = 3
    /// And they are more than so many times as many as were asked for: who asks for many alerts wants them.
    private static let budgetMultiple = 4.0
    /// Two are alike that differ by no more than this share of the larger one.
    private static let largestDifference = 0.5
    /// Or by no more than this share of what is usual: readings that hardly leave it differ by chance.
    private static let chanceDifference = 0.2
    /// And of which neither lasted more than so many times as long as the other.
    private static let durationFactor = 3.0

    /// The readings of each, oldest first.
    let ranges: [ClosedRange<Int>]

    /// Finds them among the runs of readings with an alert that nothing was said of. One that may still go on is not judged yet.
    init(_ history: TrainingHistory, reasons: [TrainingExclusion.Reason?], budget: FalseAlarmBudget) {
        let alerts = LabelledEvents.runs(of: reasons.map { $0 == .alerted }).filter {
            $0.upperBound + 1 < history.count
        }
        guard alerts.count >= Self.needed(in: history, budget) else {
            ranges = []
            return
        }
        let usual = (0..<history.channelCount).map { UsualCourse($0, of: history, reasons: reasons) }
        let looks = alerts.map { Look(of: $0, in: history, usual) }
        let confirmed = LabelledEvents.runs(of: reasons.map { $0 == .confirmed }).map {
            Look(of: $0, in: history, usual)
        }
        let recurring = alerts.indices.filter { alert in
            looks.count { Self.areAlike($0, looks[alert]) } >= Self.fewest
                && !confirmed.contains { Self.areAlike($0, looks[alert]) }
        }
        ranges = recurring.count < Self.needed(in: history, budget) ? [] : recurring.map { alerts[$0] }
    }

    private static func needed(in history: TrainingHistory, _ budget: FalseAlarmBudget) -> Int {
        guard let first = history.times.first, let last = history.times.last else { return fewest }
        let asked = budget.share(of: last.nanoseconds(since: first))
        return max(fewest, Int(min(budgetMultiple * asked, Double(history.count)).rounded(.up)))
    }

    private static func areAlike(_ one: Look, _ other: Look) -> Bool {
        let (shorter, longer) = (min(one.length, other.length), max(one.length, other.length))
        guard Double(longer) <= durationFactor * Double(shorter) else { return false }
        let difference = zip(one.features, other.features).reduce(0) { $0 + abs($1.0 - $1.1) }
        return difference <= max(chanceDifference, largestDifference * max(one.size, other.size))
    }

    /// What the readings of one channel do while there is no alert.
    private struct UsualCourse {
        /// The values that one in a hundred lies below, and above.
        var (low, high) = (0.0, 0.0)
        var (mean, deviation, missing) = (0.0, 0.0, 0.0)
        /// The distance that counts as one.
        var scale = 1.0

        init(_ channel: Int, of history: TrainingHistory, reasons: [TrainingExclusion.Reason?]) {
            let column = history.column(channel)
            let usual = column.indices.filter { reasons[$0] == nil }.map { column[$0] }
            let present = usual.filter(\.isFinite).sorted()
            guard !present.isEmpty else { return }
            missing = 1 - Double(present.count) / Double(usual.count)
            (low, high) = (quantile(ofSorted: present, 0.01), quantile(ofSorted: present, 0.99))
            (mean, deviation) = ChannelProfile.moments(present)
            // Of a channel that usually does not move, the farthest that it went is one.
            let farthest = column.filter(\.isFinite).map { abs($0 - mean) }.max() ?? 0
            scale = high > low ? high - low : (farthest > 0 ? farthest : 1)
        }
    }

    /// What the readings of an alert look like.
    private struct Look {
        /// How many readings they are.
        let length: Int
        /// For each channel how far they went below and above what is usual, how far their mean and their deviation are from the
        /// usual ones, each in the channel's scale, and by what share more are missing.
        let features: [Double]
        /// The sum of the features without signs.
        let size: Double

        init(of range: ClosedRange<Int>, in history: TrainingHistory, _ usual: [UsualCourse]) {
            var features: [Double] = []
            for (channel, usual) in usual.enumerated() {
                let present = range.map { history.values[$0 * history.channelCount + channel] }.filter(\.isFinite)
                features.append(1 - Double(present.count) / Double(range.count) - usual.missing)
                guard let low = present.min(), let high = present.max() else {
                    features += [0, 0, 0, 0]
                    continue
                }
                let (mean, deviation) = ChannelProfile.moments(present)
                features += [
                    max(0, usual.low - low), max(0, high - usual.high), mean - usual.mean, deviation - usual.deviation,
                ]
                .map { $0 / usual.scale }
            }
            length = range.count
            self.features = features
            size = features.reduce(0) { $0 + abs($1) }
        }
    }
}
