/// Places one stream's alerts in time by what readings settled to.
///
/// A live score rises once enough of a fault is in the window and falls once the fault has left it, both too late. Settled
/// scores say which readings it was. An alert's settled extent goes from the beginning of the first to the end of the last
/// stretch that overlaps it, where a stretch is an unbroken run of readings whose settled sum is at or over the sum at which
/// alerts clear: on average the windows that cover such a reading would have kept the alert firing. It is known with the first
/// settled reading that lies behind the alert and behind such a stretch.
struct SettledExtents: Sendable, Equatable {
    /// An unbroken run of readings.
    struct Stretch: Sendable, Equatable {
        var first: Timestamp
        var last: Timestamp
    }

    /// An alert whose extent is not known yet.
    struct Followed: Sendable, Equatable {
        /// The first reading over the threshold, by which the alert is known.
        var startedAt: Timestamp
        /// The last reading over the clearing threshold; nil while the alert is pending or fires.
        var endedAt: Timestamp?
        /// From the first to the last reading of all stretches so far that overlap it.
        var extent: Stretch?
    }

    /// The run that the newest settled reading belongs to; nil where it is none.
    var stretch: Stretch?
    /// Alerts in their order; only the last one may not have ended.
    var followed: [Followed] = []

    /// No alerts, and memory for as many as there usually are.
    init() {
        followed.reserveCapacity(2)
    }

    /// Follows the state machine after a step: an alert that is pending, too, for readings settle before it fires.
    mutating func follow(_ action: AlertStateMachine.Action, _ state: AlertStateMachine.State) {
        if case .resolve(let end) = action, let last = followed.indices.last { followed[last].endedAt = end }
        switch state {
        case .inactive:
            if let last = followed.last, last.endedAt == nil { followed.removeLast() }
        case .pending(let since), .firing(let since, _), .cooling(let since, _, _):
            guard followed.last?.startedAt != since else { return }
            if let last = followed.last, last.endedAt == nil { followed.removeLast() }
            followed.append(Followed(startedAt: since))
        }
    }

    /// Takes the next settled reading; afterwards ``takeKnown(at:)`` gives the alerts whose extent is known with it.
    mutating func settle(at time: Timestamp, isOver: Bool) {
        stretch = isOver ? Stretch(first: stretch?.first ?? time, last: time) : nil
        guard let stretch else { return }
        for index in followed.indices where overlaps(followed[index]) {
            followed[index].extent = Stretch(first: followed[index].extent?.first ?? stretch.first, last: stretch.last)
        }
    }

    private func overlaps(_ alert: Followed) -> Bool {
        guard let stretch, stretch.last >= alert.startedAt else { return false }
        return alert.endedAt.map { stretch.first <= $0 } ?? true
    }

    /// Takes the oldest alert if its extent is known with the settled reading of this time.
    mutating func takeKnown(at time: Timestamp) -> Followed? {
        guard let first = followed.first, let end = first.endedAt, time >= end, !overlaps(first) else { return nil }
        return followed.removeFirst()
    }

    /// Takes the oldest alert that has ended, whether or not more readings could belong to it.
    mutating func takeEnded() -> Followed? {
        guard followed.first?.endedAt != nil else { return nil }
        return followed.removeFirst()
    }
}
