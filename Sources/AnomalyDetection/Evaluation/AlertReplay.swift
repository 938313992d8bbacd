/// What alerts the same sums of evidence would have raised under another false-alarm budget.
///
/// Sums do not depend on the budget, so nothing is trained or scored again: the thresholds are derived anew, and calibration
/// and alert state machine run over the sums as they did live. Where a stream was trained again in between, the live run left out of
/// training what alerted, which a replay cannot know; with one model it is exact.
package struct AlertReplay: Sendable {
    private let settings: DetectorSettings
    private let models: [Int64: StreamModel]

    /// A replay of sums that these models gave under these settings; the models must come from training, not from a database.
    package init(settings: DetectorSettings, models: [Int64: StreamModel]) {
        precondition(
            models.values.allSatisfy { $0.thresholdBasis != nil }, "a model's threshold cannot be derived anew")
        self.settings = settings
        self.models = models
    }

    /// For each reading whether an alert fires with it, under a budget.
    ///
    /// `modelIDs` names the model of each sum. A reading without a sum (NaN) changes nothing.
    package func firing(
        sums: [Float], times: [Timestamp], modelIDs: [Int64], budget: FalseAlarmBudget
    ) -> [Bool] {
        precondition(
            sums.count == times.count && sums.count == modelIDs.count,
            "\(sums.count) sums, \(times.count) times and \(modelIDs.count) models")
        var settings = settings
        settings.falseAlarms = budget
        var machine = AlertStateMachine()
        var control = AlarmRateControl()
        var start: Timestamp?
        let timings = models.mapValues { AlertTiming(settings: settings, cadence: $0.cadence, knownSpan: $0.knownSpan) }
        var (scale, scaleModel): (LiveScale?, Int64?) = (nil, nil)
        return sums.indices.map { index in
            guard !sums[index].isNaN, let model = models[modelIDs[index]], let timing = timings[modelIDs[index]] else {
                return machine.isFiring
            }
            if scaleModel != modelIDs[index] {
                let before = scale?.firingSum
                (scale, scaleModel) = (LiveScale(model, threshold: threshold(of: model, budget)), modelIDs[index])
                if let before, let now = scale?.firingSum { control.move(from: before, to: now) }
            }
            switch scale?.observe(
                sums[index], held: sums[index], at: times[index], timing: timing, coolsDown: true, &machine, &control
            )
            .action
            {
            case .fire(let since): start = since
            case .resolve(let end):
                if let start { control.endAlert(startedAt: start, lastedShare: timing.share(from: start, to: end)) }
            case .sustain, .some(.none), nil: break
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
