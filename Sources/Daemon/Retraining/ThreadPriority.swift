import Glibc

/// The priority of the calling thread.
enum ThreadPriority {
    /// Training yields to scoring where they compete for a core.
    private static let trainingNiceness: Int32 = 10

    /// Lets every other thread go first. On Linux niceness belongs to a thread, not to the process (setpriority(2)).
    static func lower() {
        // It may be refused, which costs smoothness on a busy machine and nothing else.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, trainingNiceness)
    }
}
