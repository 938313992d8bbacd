package import AnomalyDetection

/// How good alerts would be under another false-alarm budget: a point on the curve of recall against false alerts.
package struct BudgetQuality: Sendable {
    /// The budget.
    package let budget: AnomalyDetection.FalseAlarmBudget
    /// The alerts.
    package let alerts: AlertQuality
}
