/// How long scores must stay high for an alert to fire, and low for it to resolve, in one stream's time.
struct AlertTiming: Sendable, Equatable {
    /// Nanoseconds below the clearing threshold until it resolves.
    let keepFiringDuration: Int64
    /// Nanoseconds after the last reading over that within which what fires again is the same alert.
    let coolDownDuration: Int64
    /// What one reading is of the time in which one false alarm was asked for.
    let alarmShare: Double
    private let falseAlarms: FalseAlarmBudget
    /// The hold under this model, and under one that knows the stream.
    private let hold, usualHold: AlertHold
    /// An alert that is over goes on for at most this share of the time in which one was asked for: an hour of a day. At an eighth of
    /// it hourly streams that were asked for one alert a day raised one in five days, for each went on over the next.
    private static let longestShare = 0.04

    /// The settings' numbers of readings, as durations at a stream's rhythm, under a model that knows so many nanoseconds of it.
    init(settings: DetectorSettings, cadence: Cadence, knownSpan: Int64) {
        // Who asks for an alert a day wants what happens on two days told apart, however slow the stream.
        let longest = Int64(
            min(Double(settings.falseAlarms.period) / settings.falseAlarms.count * Self.longestShare, 9e18))
        usualHold = AlertHold(settings: settings, cadence: cadence, isNew: false, longest: longest)
        hold = AlertHold(
            settings: settings, cadence: cadence, isNew: AlertHold.isNew(knownSpan: knownSpan), longest: longest)
        keepFiringDuration = min(cadence.duration(ofReadings: Double(settings.keepFiringReadings)), longest)
        coolDownDuration = min(settings.coolDown, longest)
        alarmShare = settings.falseAlarms.share(of: cadence.interval)
        falseAlarms = settings.falseAlarms
    }

    /// How long an alert has to last whose newest reading has this sum of evidence, where this sum is the level.
    func hold(sum: Float, level: Float) -> AlertHold { sum >= AlertHold.clearMultiple * level ? usualHold : hold }

    /// What an alert's duration was of the time in which one was asked for.
    func share(from start: Timestamp, to end: Timestamp) -> Double {
        falseAlarms.share(of: max(0, end.nanoseconds(since: start)))
    }
}
