package import AnomalyDetection
import CDispatch  // which of the two module maps owns timespec depends on what else is imported
import Glibc

/// The time of day; the shell asks it and hands the answer in, the core never does.
package enum WallClock {
    /// The time now, as exactly as the system knows it.
    package static func now() -> Timestamp {
        var time = timespec()
        // SAFETY: the call fills in the structure that it is given and keeps no pointer to it.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
