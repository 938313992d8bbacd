/// What people, and time, have said of a stream's readings; trainings follow it.
package struct TrainingLabels: Sendable, Equatable {
    /// Stretches with an alert that was a false alarm or became normal: they are learned from.
    package var normal: [ClosedRange<Timestamp>]
    /// Stretches that somebody confirmed as faults.
    package var confirmed: [ClosedRange<Timestamp>]
    /// Stretches in which the stream was worked on.
    package var maintenance: [ClosedRange<Timestamp>]
    /// When the newest normal began that is not the one before; nil where normal has always been the same.
    package var newNormalStart: Timestamp?

    /// Labels; none by default.
    package init(
        normal: [ClosedRange<Timestamp>] = [], confirmed: [ClosedRange<Timestamp>] = [],
        maintenance: [ClosedRange<Timestamp>] = [], newNormalStart: Timestamp? = nil
    ) {
        self.normal = normal
        self.confirmed = confirmed
        self.maintenance = maintenance
        self.newNormalStart = newNormalStart
    }
}
