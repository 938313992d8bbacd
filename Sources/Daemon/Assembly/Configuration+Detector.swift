package import AnomalyDetection

extension Configuration {
    /// The detector's settings that this configuration says.
    package var detectorSettings: DetectorSettings {
        var settings = DetectorSettings()
        settings.warmUpReadings = detector.warmUpReadings
        settings.interval = detector.interval?.wholeNanoseconds
        settings.evidence = Set(detector.evidence.flatMap(\.kinds))
        settings.falseAlarms = AnomalyDetection.FalseAlarmBudget(
            count: alerts.falseAlarms.alarms, period: alerts.falseAlarms.period.wholeNanoseconds)
        settings.holdReadings = alerts.holdReadings
        settings.keepFiringReadings = alerts.keepFiringReadings
        settings.retrainEvery = retrain.every?.wholeNanoseconds
        settings.retrainsByEventTime = retrain.clock == .event
        settings.historyReadings = retrain.historyReadings
        settings.seed = seed
        return settings
    }

    /// How CSV is read by this configuration.
    package var csvOptions: CSVOptions {
        var options = CSVOptions()
        switch input.csv.layout {
        case .auto: options.layout = nil
        case .wide: options.layout = .wide
        case .long: options.layout = .long
        }
        switch input.csv.header {
        case .auto: options.hasHeader = nil
        case .present: options.hasHeader = true
        case .absent: options.hasHeader = false
        }
        switch input.csv.delimiter {
        case .auto: options.delimiter = nil
        case .comma: options.delimiter = UInt8(ascii: ",")
        case .semicolon: options.delimiter = UInt8(ascii: ";")
        case .tab: options.delimiter = UInt8(ascii: "\t")
        }
        options.timeColumn = input.csv.timeColumn
        options.streamColumn = input.csv.streamColumn
        options.channelColumn = input.csv.channelColumn
        options.valueColumn = input.csv.valueColumn
        options.defaultStream = input.csv.defaultStream
        options.ignoredColumns = Set(input.ignore)
        return options
    }
}

extension Configuration.Detector.Evidence {
    /// The kinds of evidence that a word of the configuration stands for.
    fileprivate var kinds: [EvidenceKind] {
        switch self {
        case .reconstruction: [.reconstruction]
        case .linear: [.linear]
        case .state: [.novelty, .stuck]
        }
    }
}
