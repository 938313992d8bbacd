package import AnomalyDetection
package import Storage

/// How an attempt to send a message went, before it is judged.
package enum DeliveryAttempt: Sendable, Equatable {
    /// The receiver answered. `retryAfter` is what its `Retry-After` header asks for; `text` the start of its body.
    case answered(status: Int, retryAfter: Duration?, text: String)
    /// There was no answer, and why.
    case unanswered(String)
}

/// Decides what becomes of a message after an attempt; performs nothing.
package struct DeliveryPolicy: Sendable {
    /// What follows from an attempt.
    package struct Decision: Sendable, Equatable {
        /// What is noted in the outbox.
        package var outcome: DeliveryOutcome
        /// Whether the receiver said that it wants no more messages at all.
        package var disablesReceiver = false
    }

    /// The longest wait before the second attempt; it doubles with each further one.
    package var baseDelay = Duration.seconds(1)
    /// The wait does not grow beyond this.
    package var longestDelay = Duration.seconds(600)
    /// How long delivery is tried, from when the message was written.
    package var maxAge = Duration.seconds(24 * 3_600)
    /// Attempts before an answer that asking again will hardly change is taken as final.
    package var refusalLimit = 5
    /// Where the jitter begins; the same seed gives the same waits.
    package var seed: UInt64 = 1

    /// The policy with its defaults.
    package init() {}

    /// Whether a message is too old to be tried again; one that was never tried gets its one chance at any age.
    package func isExpired(_ delivery: Delivery, at now: Timestamp) -> Bool {
        delivery.attempts > 0 && now.nanoseconds(since: delivery.entry.createdAt) > maxAge.wholeNanoseconds
    }

    /// What becomes of a message; `now` is the wall clock's.
    ///
    /// 2xx is delivered. 410 is final, for the message and for the receiver. 408, 425, 429, every 5xx and no answer
    /// are tried
    /// again until the message is too old. Everything else, redirects among it, is tried a few times.
    package func judge(_ attempt: DeliveryAttempt, of delivery: Delivery, at now: Timestamp) -> Decision {
        switch attempt {
        case .unanswered(let reason):
            return retry(delivery, at: now, status: nil, error: reason, after: nil)
        case .answered(let status, let retryAfter, let text):
            let error = "HTTP \(status)" + (text.isEmpty ? "" : ": \(text)")
            switch status {
            case 200..<300:
                return Decision(outcome: .delivered(at: now, status: status))
            case 410:
                return Decision(outcome: .failed(status: status, error: error), disablesReceiver: true)
            case 408, 425, 429, 500...:
                return retry(delivery, at: now, status: status, error: error, after: retryAfter)
            case _ where delivery.attempts + 1 >= refusalLimit:
                let error = "\(error) (given up after \(delivery.attempts + 1) attempts)"
                return Decision(outcome: .failed(status: status, error: error))
            default:
                return retry(delivery, at: now, status: status, error: error, after: retryAfter)
            }
        }
    }

    private func retry(
        _ delivery: Delivery, at now: Timestamp, status: Int?, error: String, after retryAfter: Duration?
    ) -> Decision {
        // A receiver may ask for a longer wait than ours, not for a shorter one.
        let wait = max(delay(of: delivery), retryAfter ?? .zero)
        let dueAt = now.advanced(byNanoseconds: wait.wholeNanoseconds)
        guard dueAt.nanoseconds(since: delivery.entry.createdAt) <= maxAge.wholeNanoseconds else {
            let error = "\(error) (given up \(DurationText.format(maxAge)) after it was written)"
            return Decision(outcome: .failed(status: status, error: error))
        }
        return Decision(outcome: .retry(dueAt: dueAt, status: status, error: error))
    }

    /// Exponential backoff with full jitter, so that messages that failed together do not come back together. At
    /// least a
    /// tenth of the base is waited, or a chance zero would make a busy loop.
    private func delay(of delivery: Delivery) -> Duration {
        let base = Double(baseDelay.wholeNanoseconds)
        let longest = Double(longestDelay.wholeNanoseconds)
        let ceiling = min(longest, base * Double(sign: .plus, exponent: min(delivery.attempts, 40), significand: 1))
        let share = Self.uniform(seed: seed, message: delivery.id, attempt: delivery.attempts)
        return .nanoseconds(Int64(max(base / 10, ceiling * share)))
    }

    /// A number from 0 up to, not including, 1 that depends on the arguments alone (the mixer of SplitMix64).
    private static func uniform(seed: UInt64, message: Int64, attempt: Int) -> Double {
        var z = seed &+ UInt64(bitPattern: message) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(attempt) &* 0xD1B5_4A32_D192_ED03
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }
}
