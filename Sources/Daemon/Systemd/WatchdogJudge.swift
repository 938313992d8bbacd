/// Decides whether the daemon deserves a sign of life; performs nothing.
///
/// It does while work gets done, and while there is none to do. Where work waits and nothing moves from one look to
/// the next,
/// it does not: a daemon that hangs is better started again.
package struct WatchdogJudge: Sendable {
    private var lastProgress: UInt64?

    /// A judge that has not looked yet; its first verdict is in favor.
    package init() {}

    /// Looks once. `progress` is the count of steps done; `isIdle` says that no work waits or is under way.
    package mutating func isAlive(progress: UInt64, isIdle: Bool) -> Bool {
        let hasMoved = lastProgress != progress
        lastProgress = progress
        return hasMoved || isIdle
    }
}
