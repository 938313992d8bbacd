/// What somebody said of an alert.
package struct AlertVerdict: Sendable, Equatable {
    /// What an alert was.
    package enum Verdict: String, Sendable, CaseIterable {
        /// Nothing was wrong, and the same is not to fire again.
        case falseAlarm = "false_alarm"
        /// Something was wrong.
        case confirmed
        /// It is how things are from now on.
        case newNormal = "new_normal"
    }

    /// The alert, as it is now.
    package var alert: Alert
    /// What was said of it last.
    package var verdict: Verdict
    /// Whether the alert had not ended when it was said.
    package var wasJudgedFiring: Bool
    /// Whether nobody said it: the alert has lasted as long as it takes to become normal.
    package var isAutomatic: Bool
    /// Whether a training of the stream has begun since it was said, which knew of it.
    package var isLearned: Bool

    /// A verdict on an alert.
    package init(
        alert: Alert, verdict: Verdict, wasJudgedFiring: Bool, isAutomatic: Bool = false, isLearned: Bool = false
    ) {
        self.alert = alert
        self.verdict = verdict
        self.wasJudgedFiring = wasJudgedFiring
        self.isAutomatic = isAutomatic
        self.isLearned = isLearned
    }
}
