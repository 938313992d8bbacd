/// What kept a reading from beginning an alert although there was reason to look at it.
///
/// A reading without one was below the level, belongs to an alert that fires, or came before the first model.
package enum AlertRestraint: String, Sendable, CaseIterable {
    /// Too little of its window was there: it has no score, or the parts that need whole windows rested.
    case missingData = "missing_data"
    /// It was over the level, which had not been so for the hold duration.
    case pending
    /// It was over the model's own level, and not clearly odder than the last hour, against which a young model measures.
    case youngModel = "young_model"
    /// It was over the model's own level, which the alerts of before had raised to keep to the false-alarm budget.
    case budget
    /// It was over the level while the alert before was not ended yet, which it would have to outlast the hold for to go on.
    case coolDown = "cool_down"
    /// It was over the level, and a rule of the configuration says that what is odd does not count.
    case rule
    /// It was over the level and belongs to what somebody called a false alarm.
    case falseAlarm = "false_alarm"
}
