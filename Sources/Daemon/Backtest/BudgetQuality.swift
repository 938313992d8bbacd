package import AnomalyDetection

/// How good alerts would be under a multiple of the false-alarm budget: a point on the curve of recall against false alerts.
package struct BudgetQuality: Sendable {
    /// The multiple.
    package let factor: Double
    /// The alerts.
    package let alerts: AlertQuality
}
