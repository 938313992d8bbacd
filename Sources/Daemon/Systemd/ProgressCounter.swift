import Synchronization

/// Counts the steps of work that were done; the watchdog looks whether it moves.
package final class ProgressCounter: Sendable {
    private let steps = Atomic<UInt64>(0)

    /// A counter at zero.
    package init() {}

    /// The number of steps so far.
    package var value: UInt64 {
        steps.load(ordering: .relaxed)
    }

    /// Counts a step that was done, such as a commit.
    package func advance() {
        steps.wrappingAdd(1, ordering: .relaxed)
    }
}
