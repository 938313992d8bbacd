/// How long scores must stay over the threshold for an alert to fire, in one stream's time.
///
/// What a stream does once a day, a model that has not learned from a whole day has not met: a burst that comes and passes is then more
/// often normal than not. So under such a model an alert has to last for longer, unless it is far over the threshold.
///
/// On the 92 labelled series, learning from the first reading on where one alert in 30 days is asked for, this leaves 69 of 80
/// false alerts and finds no fewer events; a higher level that spares as many misses one in ten of them.
struct AlertHold: Sendable, Equatable {
    /// Nanoseconds over the threshold.
    let duration: Int64
    /// The readings over the threshold that make an alert fire where they need not follow each other; nil where they must.
    let scattered: AlertStateMachine.ScatteredHold?

    /// Over so many times the level an alert does not wait, whatever the model knows: without that events are missed that were found.
    static let clearMultiple: Float = 3

    private static let wholeDay: Int64 = 86_400 * 1_000_000_000
    /// So many times as many readings make a hold under a model that knows less than a day: 15 by default, for a single odd reading is
    /// in sight of the shortest window for 16. Of 72 faults that are injected into simulated pumps after ten hours 70 are found without
    /// it, 69 with it, and 64 with holds of 24, with which three false alerts fewer come.
    private static let newModelFactor = 2.5
    /// A longer hold takes at most this share of the time in which one alert was asked for: who asks for one a day would not want
    /// to wait.
    private static let longestShare = 0.01

    /// Whether a model that knows so many nanoseconds of a stream is new to it: it has not met each time of day.
    static func isNew(knownSpan: Int64) -> Bool { knownSpan < wholeDay }

    /// The hold that the settings ask for, or the longer one under a model that is new; `longest` bounds its nanoseconds.
    init(settings: DetectorSettings, cadence: Cadence, isNew: Bool, longest: Int64) {
        let factor = isNew ? Self.factor(settings: settings, cadence: cadence) : 1
        let readings = Int(Double(settings.holdReadings) * factor)
        let within = Int(Double(settings.holdWithin) * factor)
        // So many readings span one interval less, and half an interval is left to readings that come early.
        duration = min(cadence.duration(ofReadings: Double(readings) - 1.5), longest)
        scattered =
            within > readings
            ? AlertStateMachine.ScatteredHold(
                count: readings,
                span: cadence.duration(ofReadings: Double(min(within, DetectorSettings.longestHold)) - 0.5)) : nil
    }

    private static func factor(settings: DetectorSettings, cadence: Cadence) -> Double {
        let usual = cadence.duration(ofReadings: Double(settings.holdReadings))
        let most = longestShare / settings.falseAlarms.share(of: max(1, usual))
        // A scattered hold spans a limited number of readings; more than these can never lie within it.
        let widest = Double(DetectorSettings.longestHold) / Double(max(1, settings.holdWithin))
        return max(1, min(newModelFactor, most, widest))
    }
}
