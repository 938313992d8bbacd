import CDispatch  // which of the two module maps owns timespec depends on what else is imported
import Glibc

/// The clocks that the system keeps, as exactly as it knows them.
enum SystemClock {
    /// The time of day since the epoch.
    case realtime
    /// The time since the machine was started, as systemd has it.
    case monotonic
    /// The processor time of the calling thread.
    case threadProcessorTime

    /// What it shows, in nanoseconds.
    var nanoseconds: Int64 {
        var time = timespec()
        // SAFETY: the call fills in the structure that it is given and keeps no pointer to it.
        _ = unsafe clock_gettime(id, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private var id: clockid_t {
        switch self {
        case .realtime: CLOCK_REALTIME
        case .monotonic: CLOCK_MONOTONIC
        case .threadProcessorTime: CLOCK_THREAD_CPUTIME_ID
        }
    }
}
