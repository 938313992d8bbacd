/// Where a stream stands, for people: warming up and for how long still, or scoring with which threshold.
package struct StreamStanding: Sendable, Equatable {
    /// Readings accepted so far.
    package var readings: Int
    /// Readings still needed before a model can be fitted; 0 once there is one, or while it is in training.
    package var readingsNeeded: Int
    /// Readings that wait for a model in training.
    package var readingsWaiting: Int
    /// The model that scores, 0 during warm-up.
    package var modelID: Int64
    /// The score at which an alert fires; nil during warm-up.
    package var threshold: Double?
    /// Whether the threshold is provisional.
    package var isProvisional: Bool
    /// The false alarms that were asked for.
    package var falseAlarms: FalseAlarmBudget
    /// One sentence that says why.
    package var explanation: String
}
