/// Decides when one stream's alert starts and ends.
///
/// It performs nothing itself: the caller carries out the action it returns. It follows the readings' time alone.
package struct AlertStateMachine: Sendable, Equatable {
    /// Where an alert stands.
    package enum State: Sendable, Equatable {
        /// All is normal.
        case inactive
        /// The score is over the threshold, not yet for the hold duration.
        case pending(since: Timestamp)
        /// The alert was told; `lastExceeding` is the newest reading at or over the clearing threshold.
        case firing(since: Timestamp, lastExceeding: Timestamp)
        /// The alert seems over but is not ended yet: what comes back soon is the same alert. `returning` is when a score was
        /// over the threshold again, and has stayed there.
        case cooling(since: Timestamp, lastExceeding: Timestamp, returning: Timestamp?)
    }

    /// What the caller has to do.
    package enum Action: Sendable, Equatable {
        /// Nothing.
        case none
        /// Start an alert whose first reading over the threshold was at this time.
        case fire(since: Timestamp)
        /// The alert goes on with this reading over the clearing threshold.
        case sustain
        /// End the alert; its last reading over the clearing threshold was at this time.
        case resolve(at: Timestamp)
    }

    /// How readings over the threshold may lie apart and still make an alert fire: so many of them within a time.
    package struct ScatteredHold: Sendable, Equatable {
        /// So many readings over the threshold, at least 1.
        package var count: Int
        /// Nanoseconds within which they must lie.
        package var span: Int64

        /// A hold.
        package init(count: Int, span: Int64) {
            (self.count, self.span) = (count, span)
        }
    }

    /// Where the alert stands.
    package private(set) var state: State
    /// The readings over the threshold while an alert is pending, oldest first, where these need not follow each other;
    /// otherwise empty.
    package private(set) var exceedances: [Timestamp]

    /// A machine in a state.
    package init(state: State = .inactive, exceedances: [Timestamp] = []) {
        self.state = state
        self.exceedances = exceedances
    }

    /// Whether an alert is pending or firing, or about to fire again.
    package var isActive: Bool {
        switch state {
        case .inactive, .cooling(_, _, nil): false
        case .pending, .firing, .cooling: true
        }
    }

    /// Whether an alert is firing.
    package var isFiring: Bool {
        if case .firing = state { true } else { false }
    }

    /// Takes the next reading's score and says what to do.
    ///
    /// `holdDuration` is how long the score must stay over the threshold to fire, `keepFiringDuration` how long it must
    /// stay below the clearing threshold to resolve, and `coolDownDuration` how long after its last reading over that no new hold
    /// may have begun; all in nanoseconds of event time. With a `scattered` hold so many readings within its span are enough
    /// to fire, whatever lies between them.
    package mutating func observe(
        _ score: Float, at time: Timestamp, threshold: AlertThreshold, holdDuration: Int64, keepFiringDuration: Int64,
        coolDownDuration: Int64 = 0, scattered: ScatteredHold? = nil
    ) -> Action {
        switch state {
        case .inactive, .pending:
            if let scattered { return gather(score, at: time, threshold, scattered) }
            if !exceedances.isEmpty { exceedances.removeAll() }
        case .firing, .cooling: break
        }
        switch state {
        case .inactive:
            guard score >= threshold.firing else { return .none }
            state = .pending(since: time)
            return fireIfHeld(since: time, at: time, holdDuration: holdDuration)
        case .pending(let since):
            guard score >= threshold.firing else {
                state = .inactive
                return .none
            }
            return fireIfHeld(since: since, at: time, holdDuration: holdDuration)
        case .firing(let since, let lastExceeding):
            if score >= threshold.clearing {
                state = .firing(since: since, lastExceeding: time)
                return .sustain
            }
            guard time.nanoseconds(since: lastExceeding) > keepFiringDuration else { return .none }
            return cool(since, lastExceeding, at: time, coolDownDuration: coolDownDuration)
        case .cooling(let since, let lastExceeding, let returning):
            guard score >= threshold.firing else {
                return cool(since, lastExceeding, at: time, coolDownDuration: coolDownDuration)
            }
            if time.nanoseconds(since: returning ?? time) >= holdDuration {
                state = .firing(since: since, lastExceeding: time)
                return .sustain
            }
            state = .cooling(since: since, lastExceeding: lastExceeding, returning: returning ?? time)
            return .none
        }
    }

    /// Notes whether a reading is over the threshold, and fires when enough of the newest are.
    private mutating func gather(
        _ score: Float, at time: Timestamp, _ threshold: AlertThreshold, _ hold: ScatteredHold
    ) -> Action {
        // A pending alert of the time before the hold was scattered has its beginning alone.
        if case .pending(let since) = state, exceedances.isEmpty { exceedances.append(since) }
        exceedances.removeAll { time.nanoseconds(since: $0) > hold.span }
        if score >= threshold.firing { exceedances.append(time) }
        guard let since = exceedances.first else {
            state = .inactive
            return .none
        }
        guard exceedances.count >= hold.count else {
            state = .pending(since: since)
            return .none
        }
        exceedances.removeAll(keepingCapacity: true)
        state = .firing(since: since, lastExceeding: time)
        return .fire(since: since)
    }

    private mutating func cool(
        _ since: Timestamp, _ lastExceeding: Timestamp, at time: Timestamp, coolDownDuration: Int64
    ) -> Action {
        guard time.nanoseconds(since: lastExceeding) > coolDownDuration else {
            state = .cooling(since: since, lastExceeding: lastExceeding, returning: nil)
            return .none
        }
        state = .inactive
        return .resolve(at: lastExceeding)
    }

    /// Goes on firing with another beginning: what comes of it is no part of the alert before, and alerts of a stream are known by
    /// their beginnings.
    mutating func begin(at start: Timestamp) {
        switch state {
        case .firing(_, let lastExceeding), .cooling(_, let lastExceeding, _):
            state = .firing(since: start, lastExceeding: lastExceeding)
        case .inactive, .pending: break
        }
    }

    /// Goes back from firing to pending, so that the next reading fires anew, with the same beginning.
    mutating func fireAnew() {
        switch state {
        case .firing(let since, _), .cooling(let since, _, _): state = .pending(since: since)
        case .inactive, .pending: break
        }
    }

    /// The beginning of what fires and its newest reading over the clearing threshold; nil where nothing fires.
    var firing: (since: Timestamp, lastExceeding: Timestamp)? {
        switch state {
        case .firing(let since, let lastExceeding), .cooling(let since, let lastExceeding, _): (since, lastExceeding)
        case .inactive, .pending: nil
        }
    }

    /// Ends an alert that was told, whatever the scores are; returns its last reading over the clearing threshold.
    mutating func end() -> Timestamp? {
        switch state {
        case .firing(_, let lastExceeding), .cooling(_, let lastExceeding, _):
            state = .inactive
            return lastExceeding
        case .inactive, .pending: return nil
        }
    }

    private mutating func fireIfHeld(since: Timestamp, at time: Timestamp, holdDuration: Int64) -> Action {
        guard time.nanoseconds(since: since) >= holdDuration else { return .none }
        state = .firing(since: since, lastExceeding: time)
        return .fire(since: since)
    }
}
