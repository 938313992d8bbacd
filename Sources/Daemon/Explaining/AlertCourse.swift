package import AnomalyDetection
package import Storage

/// How the readings around an alert went, beside what was expected of them: what a picture of it shows.
///
/// Moments lie on the stream's grid, so that a reading that did not come leaves a gap.
package struct AlertCourse: Sendable {
    /// One channel, a number for each moment; NaN where there is none.
    package struct Channel: Sendable, Equatable {
        /// The channel's name.
        package var name: String
        /// Its share of the evidence; nil where that is not known.
        package var share: Double?
        /// What was read.
        package var actual: [Double]
        /// What the model expected.
        package var expected: [Double]
        /// The lower edge of the band of normal values.
        package var lower: [Double]
        /// The upper edge of that band.
        package var upper: [Double]

        /// A channel with nothing in it, for so many moments.
        package init(name: String, share: Double?, momentCount: Int) {
            (self.name, self.share) = (name, share)
            actual = [Double](repeating: .nan, count: momentCount)
            (expected, lower, upper) = (actual, actual, actual)
        }
    }

    /// What the picture is about.
    package struct Subject: Sendable {
        /// The stretch that is not normal; nil where the picture is about a reading alone.
        package var extent: ClosedRange<Timestamp>?
        /// The reading with which the alert fired.
        package var firedAt: Timestamp?
        /// The alert's peak, or the reading that was asked for.
        package var focus: Timestamp
        /// What each channel had to do with it, the largest share first; empty where that is not known.
        package var contributions: [ChannelContribution]
        /// The score at which the alert began, where readings do not say theirs.
        package var threshold: Double?

        /// An alert that ends, or is known to fire, at `end`.
        package init(_ alert: Alert, through end: Timestamp) {
            extent = alert.startedAt...max(alert.startedAt, end)
            (firedAt, focus) = (alert.firedAt, alert.peakAt)
            contributions = alert.contributions
            threshold = alert.threshold
        }

        /// A reading.
        package init(readingAt time: Timestamp, contributions: [ChannelContribution], threshold: Double?) {
            focus = time
            self.contributions = contributions
            self.threshold = threshold
        }
    }

    /// The moments.
    package private(set) var times: [Timestamp] = []
    /// The channels, the largest share first.
    package private(set) var channels: [Channel] = []
    /// The anomaly score of each moment; NaN where there is none.
    package private(set) var scores: [Double] = []
    /// The score at which an alert would have begun; NaN where it is not known.
    package private(set) var thresholds: [Double] = []
    /// The moments of the stretch that is not normal; nil where the picture is about a reading alone.
    package private(set) var extent: ClosedRange<Int>?
    /// The moment with which the alert fired, where it is in the picture.
    package private(set) var fired: Int?
    /// The moment of the peak, or of the reading that was asked for, where it is in the picture.
    package private(set) var focus: Int?
    /// How many readings there are.
    package let readingCount: Int

    /// A grid with more than so many slots for each reading shows little but gaps, so readings then stand side by side.
    private static let slotsPerReading = 20
    /// So many readings before the alert say how far from what is expected normal ones lie, and so large a share of them is within.
    private static let leastNormalCount = 50
    private static let bandShare = 0.99

    /// Puts readings on their grid. Those before `first` only lead up to what is shown. `models` are the ones that scored them, by
    /// number; where one is not there nothing is expected.
    package init(
        _ readings: ReadingHistory, from first: Int, names: [String], models: [Int64: StreamModel], subject: Subject
    ) {
        let shown = first..<max(first, readings.count)
        readingCount = shown.count
        guard let start = shown.first, let last = shown.last else { return }
        let cadence = models[readings.modelIDs[last]]?.cadence ?? Cadence(inferredFrom: Array(readings.times[shown]))
        let slots = Self.slots(of: Array(readings.times[shown]), cadence)
        let momentCount = (slots.last ?? 0) + 1
        times = (0..<momentCount).map {
            readings.times[start].advanced(byNanoseconds: Int64($0) * cadence.interval)
        }
        scores = [Double](repeating: .nan, count: momentCount)
        thresholds = scores
        for (slot, reading) in zip(slots, shown) {
            times[slot] = readings.times[reading]
            scores[slot] = Double(readings.scores[reading])
            thresholds[slot] = Double(readings.thresholds[reading])
        }
        holdThresholds(otherwise: subject.threshold)
        let order = Self.order(of: names, subject.contributions)
        channels = order.map { place in
            let share = subject.contributions.first { $0.channel == names[place] }?.share
            var channel = Channel(name: names[place], share: share, momentCount: momentCount)
            for (slot, reading) in zip(slots, shown) {
                channel.actual[slot] = readings.values[reading * readings.channelCount + place]
            }
            return channel
        }
        expect(readings, shown, slots, order, models, before: subject.extent?.lowerBound ?? subject.focus)
        extent = subject.extent.flatMap { extent in
            let within = zip(slots, shown).filter { extent.contains(readings.times[$0.1]) }.map(\.0)
            return within.first.flatMap { first in within.last.map { first...$0 } }
        }
        func slot(of time: Timestamp) -> Int? {
            zip(slots, shown).first { readings.times[$0.1] == time }?.0
        }
        fired = subject.firedAt.flatMap(slot)
        focus = slot(of: subject.focus)
    }

    /// The last moment whose score reached a level; nil where none did.
    package func time(ofLastScoreFrom level: Double) -> Timestamp? {
        scores.lastIndex { $0 >= level }.map { times[$0] }
    }

    /// Where a moment lies among ``times``: its number, with a fraction between two of them.
    package func place(of time: Timestamp) -> Double {
        guard let after = times.firstIndex(where: { $0 >= time }) else { return Double(times.count - 1) }
        guard after > 0 else { return 0 }
        let width = Double(times[after].nanoseconds(since: times[after - 1]))
        return Double(after) - (width > 0 ? Double(times[after].nanoseconds(since: time)) / width : 0)
    }

    /// What each channel had to do with the focus, with the band of the picture; those that are not in it as they are.
    package func contributions(_ stored: [ChannelContribution]) -> [ChannelContribution] {
        guard let focus else { return stored }
        return stored.map { part in
            guard let channel = channels.first(where: { $0.name == part.channel }), channel.expected[focus].isFinite
            else { return part }
            var part = part
            (part.expected, part.lower, part.upper) = (
                channel.expected[focus], channel.lower[focus], channel.upper[focus]
            )
            return part
        }
    }

    /// The channels with at least so large a share, at most `limit`; the first one always.
    package func leadingChannels(limit: Int, leastShare: Double) -> [Channel] {
        let shown = channels.prefix(limit)
        return Array(shown.prefix(1) + shown.dropFirst().filter { ($0.share ?? 1) >= leastShare })
    }

    /// Whether the model's expectation is known for any channel.
    package var hasExpectations: Bool { channels.contains { $0.expected.contains(where: \.isFinite) } }

    /// The slot of each reading.
    private static func slots(of times: [Timestamp], _ cadence: Cadence) -> [Int] {
        var slots = [0]
        for (earlier, later) in zip(times, times.dropFirst()) {
            slots.append(slots[slots.count - 1] + cadence.slots(from: earlier, to: later))
        }
        let isTooWide = slots[slots.count - 1] > slotsPerReading * times.count + 1_000
        return isTooWide ? Array(times.indices) : slots
    }

    /// While scores are low their thresholds are not stored; the last one that is holds still.
    private mutating func holdThresholds(otherwise usual: Double?) {
        var held = thresholds.first(where: \.isFinite) ?? usual ?? .nan
        for moment in thresholds.indices {
            if thresholds[moment].isFinite { held = thresholds[moment] }
            if scores[moment].isFinite { thresholds[moment] = held }
        }
    }

    /// The places of the channels, the largest share first, then the others in their order.
    private static func order(of names: [String], _ contributions: [ChannelContribution]) -> [Int] {
        let leading = contributions.compactMap { contribution in names.firstIndex(of: contribution.channel) }
        return leading + names.indices.filter { !leading.contains($0) }
    }

    private mutating func expect(
        _ readings: ReadingHistory, _ shown: Range<Int>, _ slots: [Int], _ order: [Int], _ models: [Int64: StreamModel],
        before start: Timestamp
    ) {
        let history = TrainingHistory(readings)
        for (id, model) in models {
            guard let last = shown.last(where: { readings.modelIDs[$0] == id }) else { continue }
            let course = ExpectedCourse(of: history[0..<(last + 1)], model: model)
            let margins = Self.margins(course, over: readings, of: id, before: start)
            for (slot, reading) in zip(slots, shown) where readings.modelIDs[reading] == id {
                for (index, place) in order.enumerated() where place < course.channelCount {
                    let expected = course.expected[reading * course.channelCount + place]
                    channels[index].expected[slot] = expected
                    channels[index].lower[slot] = expected - margins[place]
                    channels[index].upper[slot] = expected + margins[place]
                }
            }
        }
    }

    /// Half the width of each channel's band: that of the model, or what it takes for 99 % of the readings before the alert, where
    /// that is more. A model of a short history takes itself for more exact than it is on readings that it has not learned from.
    private static func margins(
        _ course: ExpectedCourse, over readings: ReadingHistory, of id: Int64, before start: Timestamp
    ) -> [Double] {
        let normal = readings.times.indices.filter { reading in
            readings.modelIDs[reading] == id && !readings.isAlerting[reading] && readings.times[reading] < start
        }
        return course.margins.indices.map { place in
            let distances = normal.compactMap { reading -> Double? in
                guard reading * course.channelCount < course.expected.count else { return nil }
                let distance = abs(
                    readings.values[reading * readings.channelCount + place]
                        - course.expected[reading * course.channelCount + place])
                return distance.isFinite ? distance : nil
            }
            guard distances.count >= leastNormalCount else { return course.margins[place] }
            return max(course.margins[place], quantile(ofSorted: distances.sorted(), bandShare))
        }
    }
}
