/// Whether the detector's loop turns, told from its count of steps when somebody asks.
///
/// The loop turns at least once a second, whether readings come or not; so a count that stands still between two questions that
/// lie further apart than the limit is a hang.
package final class DetectorHealth: Sendable {
    private struct Sight {
        var steps: UInt64
        var since: ContinuousClock.Instant
    }

    /// A step may take so long: a large batch on a slow disk.
    private static let limit = Duration.seconds(30)

    private let progress: ProgressCounter
    private let last: Locked<Sight?>

    /// Watches this count.
    package init(progress: ProgressCounter) {
        self.progress = progress
        last = Locked(nil)
    }

    /// Whether the count has moved since it was asked for more than the limit before `now`.
    package func isWell(at now: ContinuousClock.Instant) -> Bool {
        let steps = progress.value
        return last.withLock { last in
            guard let seen = last, seen.steps == steps else {
                last = Sight(steps: steps, since: now)
                return true
            }
            return now - seen.since <= Self.limit
        }
    }
}
