/// How good alerts are: which events they found, how soon, and how often they were false.
package struct AlertQuality: Sendable, Equatable {
    /// The labelled events.
    package let eventCount: Int
    /// The events that an alert overlaps, each event prolonged by half the buffer at both ends.
    package let detectedCount: Int
    /// The alerts.
    package let alertCount: Int
    /// The alerts that overlap no prolonged event.
    package let falseCount: Int
    /// False alerts in 10,000 normal readings.
    package let falsePerTenThousandReadings: Double
    /// For each detected event the readings from its start to the first alert, at least 0.
    package let delays: [Int]
    /// The same delays in nanoseconds.
    package let durations: [Int64]
    /// The time that the normal readings take, in nanoseconds.
    package let normalDuration: Double

    /// The quality of alerts, which are stretches of readings from the one that fired to the last before the alert ended.
    ///
    /// `times` are those of the readings; `interval` is their usual distance in nanoseconds.
    package init(
        alerts: [ClosedRange<Int>], events: LabelledEvents, buffer: Int, times: [Timestamp], interval: Int64
    ) {
        precondition(
            times.count == events.labels.count, "\(times.count) times for \(events.labels.count) labelled readings")
        let half = buffer / 2
        var firstAlerts = [Int?](repeating: nil, count: events.ranges.count)
        var falseCount = 0
        for alert in alerts {
            var isFalse = true
            for (place, event) in events.ranges.enumerated()
            where alert.lowerBound <= event.upperBound + half && alert.upperBound >= event.lowerBound - half {
                isFalse = false
                // An alert that fired before the event was in time, so it is as good as one at the event's start.
                let detection = max(alert.lowerBound, event.lowerBound)
                firstAlerts[place] = min(firstAlerts[place] ?? detection, detection)
            }
            if isFalse { falseCount += 1 }
        }
        let detections = zip(events.ranges, firstAlerts).compactMap { event, alert in
            alert.map { (event: event.lowerBound, alert: $0) }
        }
        eventCount = events.ranges.count
        detectedCount = detections.count
        alertCount = alerts.count
        self.falseCount = falseCount
        falsePerTenThousandReadings = 10_000 * Double(falseCount) / Double(max(1, events.normalCount))
        delays = detections.map { $0.alert - $0.event }
        durations = detections.map { times[$0.alert].nanoseconds(since: times[$0.event]) }
        normalDuration = Double(max(1, events.normalCount)) * Double(interval)
    }

    /// The share of events that were detected; nil where there are none.
    package var eventRecall: Double? { eventCount == 0 ? nil : Double(detectedCount) / Double(eventCount) }

    /// False alerts in 30 days of normal readings.
    package var falsePerThirtyDays: Double {
        Double(falseCount) * Double(FalseAlarmBudget.standard.period) / max(normalDuration, 1)
    }

    /// The median delay to detection in readings; nil where no event was detected.
    package var medianDelay: Double? { median(delays.map { Double($0) }) }

    /// The median delay to detection in seconds; nil where no event was detected.
    package var medianDelaySeconds: Double? { median(durations.map { Double($0) / 1e9 }) }
}

/// The middle number, or the mean of the two in the middle; nil where there are none.
package func median(_ numbers: [Double]) -> Double? {
    numbers.isEmpty ? nil : quantile(ofSorted: numbers.sorted(), 0.5)
}
