import RealModule

/// The volumes under the surfaces of precision over recall (VUS-PR) and of the receiver's curve (VUS-ROC) over the buffer.
///
/// An area under a curve asks that readings are flagged exactly where they are labelled. Here a label fades out over a
/// buffer at both ends of each event, recall also counts events that were touched at all, and the areas are averaged over all
/// buffers from 0 to the longest (Paparrizos et al. 2022, in the form of TSB-AD 1.5 with 250 thresholds).
package struct VolumeUnderSurface: Sendable, Equatable {
    /// The thresholds, spread evenly over the ranks of the scores.
    private static let thresholdCount = 250

    /// VUS-PR.
    package let precisionRecall: Double
    /// VUS-ROC.
    package let receiver: Double

    /// The volumes for scores, of which higher means more anomalous, and buffers from 0 to `buffer` readings.
    ///
    /// Both kinds of readings must occur. Thresholds are nested, so each reading is known by the first threshold that
    /// flags it and what a threshold flags is a cumulative histogram: a buffer costs the readings of its events, not
    /// thresholds × readings.
    package init(scores: [Double], events: LabelledEvents, buffer: Int) {
        precondition(
            scores.count == events.labels.count, "\(scores.count) scores for \(events.labels.count) labelled readings")
        precondition(events.canMeasure, "readings of one kind only have no volumes")
        let levels = Self.levels(of: scores)
        var surface = Surface(levels: levels, thresholdCount: Self.thresholdCount, events: events)
        var sums = (precisionRecall: 0.0, receiver: 0.0)
        for width in 0...buffer {
            let areas = surface.areas(buffer: width)
            sums.precisionRecall += areas.precisionRecall
            sums.receiver += areas.receiver
        }
        precisionRecall = sums.precisionRecall / Double(buffer + 1)
        receiver = sums.receiver / Double(buffer + 1)
    }

    /// For each reading the first of the thresholds, which fall, that its score reaches.
    private static func levels(of scores: [Double]) -> [Int] {
        let falling = scores.sorted(by: >)
        let last = Double(scores.count - 1)
        let step = last / Double(thresholdCount - 1)
        let thresholds = (0..<thresholdCount).map { index in
            falling[index == thresholdCount - 1 ? scores.count - 1 : Int(Double(index) * step)]
        }
        return scores.map { score in
            var low = 0
            var high = thresholdCount - 1  // the lowest threshold is the lowest score
            while low < high {
                let middle = (low + high) / 2
                if thresholds[middle] <= score { high = middle } else { low = middle + 1 }
            }
            return low
        }
    }
}

/// What all buffers share, and the memory that they work in.
private struct Surface {
    private let levels: [Int]
    private let thresholdCount: Int
    private let events: LabelledEvents
    /// For each threshold how many readings it flags, and how many of them are labelled.
    private let flagged: [Double]
    private let found: [Double]
    /// The share of a label that readings near events have.
    private var nearness: [Double]

    init(levels: [Int], thresholdCount: Int, events: LabelledEvents) {
        self.levels = levels
        self.thresholdCount = thresholdCount
        self.events = events
        nearness = [Double](repeating: 0, count: levels.count)
        var flagged = [Double](repeating: 0, count: thresholdCount)
        var found = flagged
        for (level, label) in zip(levels, events.labels) {
            flagged[level] += 1
            if label { found[level] += 1 }
        }
        for threshold in 1..<thresholdCount {
            flagged[threshold] += flagged[threshold - 1]
            found[threshold] += found[threshold - 1]
        }
        self.flagged = flagged
        self.found = found
    }

    /// The areas under both curves with a buffer of this many readings, half of it on each side of an event.
    mutating func areas(buffer: Int) -> (precisionRecall: Double, receiver: Double) {
        let half = buffer / 2
        let near = nearFlagged(half: half, width: Double(buffer))
        let touched = touchedShare(half: half)
        let positives = Double(events.anomalousCount)
        let count = Double(levels.count)
        var area = 0.0
        var receiverArea = 0.0
        var last = (recall: 0.0, falseRate: 0.0)
        for threshold in 0..<thresholdCount {
            let truth = found[threshold] + near[threshold]
            let fadedPositives = positives + near[threshold] / 2
            let recall = min(truth / fadedPositives, 1) * touched[threshold]
            let falseRate = (flagged[threshold] - truth) / (count - fadedPositives)
            area += (recall - last.recall) * truth / flagged[threshold]
            receiverArea += (falseRate - last.falseRate) * (recall + last.recall) / 2
            last = (recall, falseRate)
        }
        // The receiver's curve ends where everything is flagged.
        receiverArea += (1 - last.falseRate) * (1 + last.recall) / 2
        return (area, receiverArea)
    }

    /// For each threshold the share of a label that lies on the flagged readings beside events.
    private mutating func nearFlagged(half: Int, width: Double) -> [Double] {
        var sums = [Double](repeating: 0, count: thresholdCount)
        guard half > 0 else { return sums }
        var visited: [Int] = []
        for event in events.ranges {
            for index
                in (event.upperBound + 1)..<max(min(event.upperBound + half + 1, levels.count), event.upperBound + 1)
            {
                visited.append(index)
                nearness[index] += Double.sqrt(1 - Double(index - event.upperBound) / width)
            }
            for index in max(event.lowerBound - half, 0)..<event.lowerBound {
                visited.append(index)
                nearness[index] += Double.sqrt(1 - Double(event.lowerBound - index) / width)
            }
        }
        // Between events that lie close a reading is near to both; it counts once, and at most as a label does.
        for index in visited where nearness[index] > 0 {
            if !events.labels[index] { sums[levels[index]] += min(nearness[index], 1) }
            nearness[index] = 0
        }
        for threshold in 1..<thresholdCount { sums[threshold] += sums[threshold - 1] }
        return sums
    }

    /// For each threshold the share of events, grown by the buffer and joined where they then meet, with a flagged reading.
    private func touchedShare(half: Int) -> [Double] {
        var counts = [Double](repeating: 0, count: thresholdCount)
        var eventCount = 0.0
        var start = max(events.ranges[0].lowerBound - half, 0)
        for (place, event) in events.ranges.enumerated() {
            let next = place + 1 < events.ranges.count ? events.ranges[place + 1] : nil
            if let next, event.upperBound + half >= next.lowerBound - half { continue }
            let end = min(event.upperBound + half, levels.count - 1)
            counts[levels[start...end].min() ?? thresholdCount - 1] += 1
            eventCount += 1
            if let next { start = next.lowerBound - half }
        }
        for threshold in 1..<thresholdCount { counts[threshold] += counts[threshold - 1] }
        return counts.map { $0 / eventCount }
    }
}
