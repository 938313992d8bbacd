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
        settings.holdWithin = alerts.holdWithinReadings ?? 0
        settings.keepFiringReadings = alerts.keepFiringReadings
        settings.coolDown = alerts.coolDown.wholeNanoseconds
        settings.silenceHold = alerts.noDataHold?.wholeNanoseconds
        settings.adaptAfter = alerts.adaptAfter?.wholeNanoseconds
        settings.retrainEvery = retrain.every?.wholeNanoseconds
        settings.retrainsByEventTime = retrain.clock == .event
        settings.historyReadings = retrain.historyReadings
        settings.historySpan = retrain.historySpan.wholeNanoseconds
        settings.trainingGap = retrain.gap.wholeNanoseconds
        settings.mostDrift = retrain.mostDrift?.fraction
        settings.trainingShare = retrain.cpuShare.fraction
        settings.trainingMemory = retrain.memory.byteCount
        settings.rules = rules
        settings.modelScopes = models.map { ModelScope(streams: $0.streams, scope: $0.scope) }
        settings.seed = seed
        return settings
    }

    /// How alerts become notifications, as this configuration says.
    package var notificationSettings: NotificationSettings {
        NotificationSettings(
            groupWait: alerts.groupWait, groupInterval: alerts.groupInterval, fleetBudget: alerts.fleetBudget,
            digestEvery: alerts.digestEvery, rules: rules)
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
        case .rebuild: [.rebuild]
        case .foresight: [.foresight]
        case .memory: [.memory]
        case .context: [.context]
        case .statistics: [.statistics]
        case .state: [.novelty, .stuck]
        }
    }
}
