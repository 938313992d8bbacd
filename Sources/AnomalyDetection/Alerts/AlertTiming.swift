/// How long scores must stay high for an alert to fire, and low for it to resolve, in one stream's time.
struct AlertTiming: Sendable, Equatable {
    /// Nanoseconds over the threshold until an alert fires.
    let holdDuration: Int64
    /// Nanoseconds below the clearing threshold until it resolves.
    let keepFiringDuration: Int64
    /// Nanoseconds after the last reading over that within which what fires again is the same alert.
    let coolDownDuration: Int64

    /// The settings' numbers of readings, as durations at a stream's rhythm.
    init(settings: DetectorSettings, cadence: Cadence) {
        // So many readings span one interval less, and half an interval is left to readings that come early.
        holdDuration = cadence.duration(ofReadings: Double(settings.holdReadings) - 1.5)
        keepFiringDuration = cadence.duration(ofReadings: Double(settings.keepFiringReadings))
        coolDownDuration = settings.coolDown
    }
}
