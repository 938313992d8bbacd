import AnomalyDetection
import ArgumentParser
import Foundation

/// A moment: ISO 8601, a number of seconds since 1970 (or milli-, micro- or nanoseconds, told by its size), or `now`.
struct MomentArgument: ExpressibleByArgument {
    /// The moment; nil for now.
    private let time: Timestamp?

    init?(argument: String) {
        guard argument != "now" else {
            time = nil
            return
        }
        guard let time = Timestamp(text: argument) else { return nil }
        self.time = time
    }

    /// The moment, where it is `now` by the clock.
    func timestamp(now: Date) -> Timestamp { time ?? Timestamp(seconds: now.timeIntervalSince1970) }
}
