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

    /// Where the alert stands.
    package private(set) var state: State

    /// A machine in a state.
    package init(state: State = .inactive) {
        self.state = state
    }

    /// Whether an alert is pending or firing.
    package var isActive: Bool { state != .inactive }

    /// Whether an alert is firing.
    package var isFiring: Bool {
        if case .firing = state { true } else { false }
    }

    /// Takes the next reading's score and says what to do.
    ///
    /// `holdDuration` is how long the score must stay over the threshold to fire, `keepFiringDuration` how long it must
    /// stay below the clearing threshold to resolve; both in nanoseconds of event time.
    package mutating func observe(
        _ score: Float, at time: Timestamp, threshold: AlertThreshold, holdDuration: Int64, keepFiringDuration: Int64
    ) -> Action {
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
            state = .inactive
            return .resolve(at: lastExceeding)
        }
    }

    private mutating func fireIfHeld(since: Timestamp, at time: Timestamp, holdDuration: Int64) -> Action {
        guard time.nanoseconds(since: since) >= holdDuration else { return .none }
        state = .firing(since: since, lastExceeding: time)
        return .fire(since: since)
    }
}
