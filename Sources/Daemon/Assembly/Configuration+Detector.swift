package import AnomalyDetection

extension Configuration {
    /// The detector's settings that this configuration says.
    package var detectorSettings: DetectorSettings {
        var settings = DetectorSettings()
        settings.detector = detector.kind
        settings.warmUpReadings = detector.warmUpReadings
        settings.interval = detector.interval?.wholeNanoseconds
        settings.evidence = Set(detector.evidence.flatMap(\.kinds))
        settings.falseAlarms = alerts.falseAlarms.inReadingsTime
        settings.holdReadings = alerts.holdReadings
        settings.keepFiringReadings = alerts.keepFiringReadings
        settings.coolDown = alerts.coolDown.wholeNanoseconds
        settings.silenceHold = alerts.noDataHold?.wholeNanoseconds
        settings.adaptAfter = alerts.adaptAfter?.wholeNanoseconds
        settings.retrainEvery = retrain.every?.wholeNanoseconds
        settings.retrainsByEventTime = retrain.clock == .event
        settings.historyReadings = retrain.historyReadings
        settings.seed = seed
        return settings
    }
}

extension FalseAlarmBudget {
    /// The budget as the detector takes it.
    package var inReadingsTime: AnomalyDetection.FalseAlarmBudget {
        AnomalyDetection.FalseAlarmBudget(count: alarms, period: period.wholeNanoseconds)
    }
}

extension Configuration.Detector.Evidence {
    /// The kinds of evidence that a word of the configuration stands for.
    var kinds: [EvidenceKind] {
        switch self {
        case .reconstruction: [.reconstruction]
        case .linear: [.linear]
        case .memory: [.memory]
        case .forecast: [.forecast]
        case .state: [.novelty, .stuck]
        }
    }
}
