/// What alerts the same scores would have raised under another false-alarm budget.
///
/// Scores do not depend on the budget, so nothing is trained or scored again: the thresholds are derived anew, and the alert
/// state machine runs over the scores as it did live. Where a stream was trained again in between, the live run left out of
/// training what alerted, which a replay cannot know; with one model it is exact.
package struct AlertReplay: Sendable {
    private let settings: DetectorSettings
    private let models: [Int64: StreamModel]

    /// A replay of scores that these models gave under these settings; the models must come from training, not from a database.
    package init(settings: DetectorSettings, models: [Int64: StreamModel]) {
        precondition(
            models.values.allSatisfy { $0.thresholdBasis != nil }, "a model's threshold cannot be derived anew")
        self.settings = settings
        self.models = models
    }

    /// For each reading whether an alert fires with it, under a budget.
    ///
    /// `modelIDs` names the model of each score. A reading without a score (NaN) changes nothing.
    package func firing(
        scores: [Float], times: [Timestamp], modelIDs: [Int64], budget: FalseAlarmBudget
    ) -> [Bool] {
        precondition(
            scores.count == times.count && scores.count == modelIDs.count,
            "\(scores.count) scores, \(times.count) times and \(modelIDs.count) models")
        var machine = AlertStateMachine()
        let levels = models.mapValues { model in
            (threshold: threshold(of: model, budget), timing: AlertTiming(settings: settings, cadence: model.cadence))
        }
        return scores.indices.map { index in
            if !scores[index].isNaN, let level = levels[modelIDs[index]] {
                _ = machine.observe(
                    scores[index], at: times[index], threshold: level.threshold,
                    holdDuration: level.timing.holdDuration, keepFiringDuration: level.timing.keepFiringDuration)
            }
            return machine.isFiring
        }
    }

    private func threshold(of model: StreamModel, _ budget: FalseAlarmBudget) -> AlertThreshold {
        guard let basis = model.thresholdBasis else { return model.threshold }
        return AlertThreshold(
            budget: budget, interval: model.cadence.interval, basis: basis, calibration: model.calibration)
    }
}
