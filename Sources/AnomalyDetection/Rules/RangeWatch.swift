/// Follows one stream's values that cannot be: one alert from the first of them until values have been possible again for a while.
struct RangeWatch: Sendable, Equatable {
    /// The alert that fires.
    var alert: Alert?
    /// The newest reading with a value that cannot be, while the alert fires.
    var lastOutside = Timestamp(nanoseconds: 0)
    /// How many readings in a row have been possible since.
    var insideCount = 0

    /// A stream of which every value was possible so far.
    init() {}

    /// Takes in a reading that is possible; returns whether the alert is over: after as many in a row as end any alert, when the
    /// last impossible one has left the windows, and not before the cool-down.
    mutating func passInside(at time: Timestamp, longestWindow: Int, settings: DetectorSettings) -> Bool {
        insideCount += 1
        return insideCount >= max(settings.keepFiringReadings, longestWindow)
            && time.nanoseconds(since: lastOutside) > settings.coolDown
    }
}
