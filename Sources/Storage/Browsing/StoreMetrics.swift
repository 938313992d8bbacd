/// Counts of what the database holds, for a scrape of metrics.
package struct StoreMetrics: Sendable, Equatable {
    /// A count with the labels that tell it from the others of its kind.
    package struct Count: Sendable, Equatable {
        /// The values of the labels, in the order that the property of the counts says.
        package var labels: [String]
        /// The count.
        package var value: Int

        /// A count.
        package init(labels: [String], value: Int) {
            (self.labels, self.value) = (labels, value)
        }
    }

    /// What one stream raised beside what was asked for.
    package struct StreamAlarms: Sendable, Equatable {
        /// The stream's name.
        package var stream: String
        /// The alerts.
        package var alarms: ObservedAlarms
    }

    /// Streams by phase.
    package var streams: [Count] = []
    /// Readings that were accepted.
    package var readings = 0
    /// Lost input by source and reason.
    package var losses: [Count] = []
    /// Alerts by kind.
    package var alerts: [Count] = []
    /// Alerts that fire, by kind.
    package var firing: [Count] = []
    /// Alerts of which somebody said something, by the newest verdict.
    package var verdicts: [Count] = []
    /// Trainings by reason and verdict.
    package var trainings: [Count] = []
    /// Messages by receiver and state.
    package var deliveries: [Count] = []
    /// The alerts that were asked for, of all streams together, each in its own time.
    package var alarmsAsked = 0.0
    /// Those that were raised and that nobody confirmed.
    package var alarmsObserved = 0
    /// The streams that lie furthest over what was asked for, at most as many as were wanted.
    package var streamAlarms: [StreamAlarms] = []

    /// Nothing.
    package init() {}
}
