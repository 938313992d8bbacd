package import AnomalyDetection

/// The time of day; the shell asks it and hands the answer in, the core never does.
package enum WallClock {
    /// The time now, as exactly as the system knows it.
    package static func now() -> Timestamp { Timestamp(nanoseconds: SystemClock.realtime.nanoseconds) }
}
