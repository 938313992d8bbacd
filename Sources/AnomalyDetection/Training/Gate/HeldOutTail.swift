import RealModule

/// Readings that no version under comparison was fitted to, and what each makes of them.
struct HeldOutTail {
    /// The readings, behind others that only fill the windows.
    let stretch: TrainingHistory
    /// The first reading that counts.
    let first: Int
    /// The measure of each channel.
    let yardstick: [ChannelProfile]
    /// Copies of the readings with a fault.
    let faults: InjectedFaults
    private let settings: DetectorSettings

    /// A history's readings from `tailStart` on; those that an alert covers do not count.
    init(
        _ history: TrainingHistory, tailStart: Int, yardstick: [ChannelProfile], seed: UInt64,
        settings: DetectorSettings
    ) {
        let lead = max(0, tailStart - InjectedFaults.lead)
        stretch = history[lead..<history.count]
        first = tailStart - lead
        self.yardstick = yardstick
        faults = InjectedFaults(into: stretch, profiles: yardstick, seed: seed)
        self.settings = settings
    }

    /// What a version makes of the tail.
    func measures(of model: StreamModel) -> VersionMeasures {
        var replay = ModelReplay(model, over: stretch, firstCounted: first, yardstick: yardstick)
        replay.leaveOutAlerts(of: stretch)
        let level = model.threshold.firing
        return VersionMeasures(
            error: replay.meanSquaredError, variance: variance(of: model),
            likelihood: ForecastLikelihood(model, of: stretch, from: first, yardstick: yardstick),
            calibrationError: replay.calibrationError(from: first),
            overThreshold: replay.share(atOrAbove: level, from: first),
            askedOver: min(
                Double.exp10(-Double(level)),
                AlertThreshold.floorProbability(alarmShare: settings.falseAlarms.share(of: model.cadence.interval))),
            alerting: replay.share(alertingAt: level, holdingFor: settings.holdReadings, from: first),
            alerts: replay.alertCount(
                at: level, holdingFor: settings.holdReadings, apartBy: settings.keepFiringReadings, from: first),
            found: faults.found(by: model), faults: faults,
            scoredReadings: replay.scores[first...].count { $0.isFinite }, trainedReadings: model.trainedReadings,
            isProvisional: model.threshold.isProvisional)
    }

    private func variance(of model: StreamModel) -> Double {
        let ratios = zip(model.profiles, yardstick).compactMap { own, unit -> Double? in
            guard own.role == .continuous, unit.role == .continuous else { return nil }
            return own.spread * own.spread / (unit.spread * unit.spread)
        }
        return ratios.isEmpty ? 1 : ratios.reduce(0, +) / Double(ratios.count)
    }
}

/// What one version makes of readings that it was not fitted to, and of faults injected into them.
struct VersionMeasures {
    /// How badly it rebuilds them; NaN where it rebuilds nothing.
    var error: Double
    /// The mean variance of its channels, where that of the yardstick's is one: what it leaves out of it on purpose is the error of
    /// a version that is as it should be.
    var variance = 1.0
    /// How likely they are under its forecasts.
    var likelihood: ForecastLikelihood
    /// How far its scores are from what they mean.
    var calibrationError: Double
    /// The share of readings at or over its threshold.
    var overThreshold: Double
    /// The share of normal readings that lie over its threshold because alerts were asked for.
    var askedOver = 0.0
    /// The share of readings under alerts that it would have raised.
    var alerting: Double
    /// The alerts that it would have raised.
    var alerts: Int
    /// For each faulty copy whether it finds the fault.
    var found: [Bool]
    /// The copies.
    var faults: InjectedFaults
    /// The readings of the tail that it gave a score.
    var scoredReadings: Int
    /// The readings that it was fitted to.
    var trainedReadings: Int
    /// Whether those are too few for the false-alarm budget.
    var isProvisional: Bool
    /// The share of readings at or over its threshold of those that people called normal; NaN where there are none.
    var calledNormalOver = Double.nan

    /// How many of the faults of a shape it finds.
    func foundCount(of shape: FaultShape) -> Int { faults.count(of: shape, in: found).found }

    /// The share of the injected faults that it finds; NaN where none was injected.
    var foundShare: Double { found.isEmpty ? .nan : Double(found.count { $0 }) / Double(found.count) }

    /// The numbers by their names behind `prefix`, such as `candidate_error`.
    func numbers(_ prefix: String) -> [String: Double] {
        Dictionary(uniqueKeysWithValues: numbers.map { ("\(prefix)_\($0.key)", $0.value) })
    }

    /// The numbers by their names; those that are no numbers are left out.
    var numbers: [String: Double] {
        var numbers = [
            "error": error, "calibration_error": calibrationError, "over_threshold": overThreshold,
            "alerting": alerting, "alerts": Double(alerts), "faults_found": foundShare,
            "trained_readings": Double(trainedReadings), "called_normal_over_threshold": calledNormalOver,
        ]
        for shape in InjectedFaults.shapes {
            let count = faults.count(of: shape, in: found)
            if count.all > 0 { numbers["found_\(shape.rawValue)"] = Double(count.found) / Double(count.all) }
        }
        return numbers.filter { $0.value.isFinite }
    }
}
