import Foundation

/// Keeps one training to a share of one core: between its steps it pauses until the time that has passed makes its work so much
/// of it.
///
/// A lower priority alone keeps nobody cool: with a quota of processor time, as containers have one, what a training takes is gone
/// for scoring whatever the priorities are.
package final class TrainingPace: Sendable {
    /// A pause is cut into pieces this long, in seconds, so that stopping does not wait for it.
    private static let longestPause = 0.1

    private let share: Double
    private let start = ContinuousClock.now
    /// The processor time of the thread, in seconds, when the training began on it; nil before.
    private let startUsed = Locked<Double?>(nil)

    /// A pace of so much of one core; from 1 on there is nothing to keep.
    package init(share: Double) {
        self.share = share
    }

    /// Pauses where the training is ahead; `isStopping` ends the pause. To be called on the thread that trains.
    package func keep(isStopping: () -> Bool) {
        guard share < 1 else { return }
        let used = Self.threadSeconds()
        let before = startUsed.withLock { start in
            if start == nil { start = used }
            return start ?? used
        }
        while !isStopping() {
            let passed = ContinuousClock.now - start
            let ahead = (used - before) / share - passed / .seconds(1)
            guard ahead > 0 else { return }
            Thread.sleep(forTimeInterval: min(ahead, Self.longestPause))
        }
    }

    /// The processor time that the calling thread has used, in seconds.
    private static func threadSeconds() -> Double {
        Double(SystemClock.threadProcessorTime.nanoseconds) / 1e9
    }
}
