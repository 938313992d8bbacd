/// A stretch of readings that a training did not learn from, and why: an entry of the ledger.
///
/// Readings that came late are in no ledger: a reading that is not newer than its stream's newest is not stored (`ingest_loss` counts
/// it), so no training can leave it out.
package struct TrainingExclusion: Sendable, Equatable {
    /// Why readings are left out.
    package enum Reason: String, Sendable, CaseIterable {
        /// An alert was pending or firing.
        case alerted
        /// They settled as abnormal, without an alert.
        case abnormal
        /// Somebody confirmed the alert over them.
        case confirmed
        /// The stream was worked on.
        case maintenance
        /// They are older than the normal of today, and cannot be brought to it.
        case oldNormal = "old_normal"
        /// Candidate and live version were compared on them.
        case heldOut = "held_out"
        /// They are so new that what is wrong with them may not have shown.
        case newest
        /// Readings before them did not come, more than usually do not, so no window ends with them; windows of later readings
        /// show them.
        case lossy
        /// They are the first of the history, with no whole window before them; windows of later readings show them.
        case warmUp = "warm_up"

        /// Whether readings with this reason are in no window that is learned from.
        package var isUnlearned: Bool {
            switch self {
            case .alerted, .abnormal, .confirmed, .maintenance: true
            case .oldNormal, .heldOut, .lossy, .warmUp, .newest: false
            }
        }
    }

    /// Why.
    package var reason: Reason
    /// The times of the first and the last of the readings.
    package var times: ClosedRange<Timestamp>
    /// How many readings they are.
    package var count: Int

    /// A stretch.
    package init(reason: Reason, times: ClosedRange<Timestamp>, count: Int) {
        self.reason = reason
        self.times = times
        self.count = count
    }

    /// The stretches of readings that have the same reason one after the other; nil is for readings that are learned from.
    static func stretches(of reasons: [Reason?], at times: [Timestamp]) -> [TrainingExclusion] {
        var result: [TrainingExclusion] = []
        var isContinued = false
        for (reason, time) in zip(reasons, times) {
            if let reason {
                if isContinued, let last = result.last, last.reason == reason {
                    result[result.count - 1].times = last.times.lowerBound...time
                    result[result.count - 1].count += 1
                } else {
                    result.append(TrainingExclusion(reason: reason, times: time...time, count: 1))
                }
            }
            isContinued = reason != nil
        }
        return result
    }
}
