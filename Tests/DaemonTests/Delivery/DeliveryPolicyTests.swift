import AnomalyDetection
import Daemon
import Storage
import Testing

struct DeliveryPolicyTests {
    private let now = Timestamp(nanoseconds: 1_767_323_045_000_000_000)

    private func delivery(id: Int64 = 1, attempts: Int = 0, age: Duration = .zero) -> Delivery {
        let created = now.advanced(byNanoseconds: -age.wholeNanoseconds)
        return Delivery(
            id: id,
            entry: OutboxEntry(
                steps: [.init(alertID: 1, transition: .fired)], webhookID: "msg_1", receiver: "a", payload: "{}",
                createdAt: created, dueAt: created),
            attempts: attempts)
    }

    private func wait(_ decision: DeliveryPolicy.Decision) -> Duration? {
        guard case .retry(let dueAt, _, _) = decision.outcome else { return nil }
        return .nanoseconds(dueAt.nanoseconds(since: now))
    }

    private func answered(_ status: Int, retryAfter: Duration? = nil) -> DeliveryAttempt {
        .answered(status: status, retryAfter: retryAfter, text: "")
    }

    @Test(arguments: [200, 201, 202, 204, 299])
    func `an answer of success is delivered`(status: Int) {
        let decision = DeliveryPolicy().judge(answered(status), of: delivery(), at: now)
        #expect(decision.outcome == .delivered(at: now, status: status))
        #expect(!decision.disablesReceiver)
    }

    @Test(arguments: [408, 425, 429, 500, 502, 503, 504, 599])
    func `what may pass is tried again, however often it was tried`(status: Int) {
        let decision = DeliveryPolicy().judge(answered(status), of: delivery(attempts: 50), at: now)
        #expect(wait(decision) != nil)
        #expect(!decision.disablesReceiver)
    }

    @Test(arguments: [301, 302, 307, 400, 401, 403, 404, 405, 422])
    func `what will hardly pass is tried a few times`(status: Int) {
        let policy = DeliveryPolicy()
        for attempts in 0..<4 {
            #expect(wait(policy.judge(answered(status), of: delivery(attempts: attempts), at: now)) != nil)
        }
        let last = policy.judge(answered(status), of: delivery(attempts: 4), at: now)
        #expect(last.outcome == .failed(status: status, error: "HTTP \(status) (given up after 5 attempts)"))
        #expect(!last.disablesReceiver)
    }

    @Test func `a receiver that is gone is disabled`() {
        let decision = DeliveryPolicy().judge(answered(410), of: delivery(), at: now)
        #expect(decision.outcome == .failed(status: 410, error: "HTTP 410"))
        #expect(decision.disablesReceiver)
    }

    @Test(arguments: UInt64(1)...50)
    func `waits grow to ten minutes, and jitter spreads them over the whole range`(seed: UInt64) throws {
        var policy = DeliveryPolicy()
        policy.seed = seed
        for attempts in 0..<20 {
            let ceiling = min(600, Double(1 << attempts))
            let waits = try (Int64(1)...200).map { id in
                let decision = policy.judge(.unanswered("x"), of: delivery(id: id, attempts: attempts), at: now)
                return try #require(wait(decision)) / .seconds(1)
            }
            #expect(waits.allSatisfy { $0 >= 0.1 && $0 <= ceiling })
            // The mean of 200 even draws lies within five standard errors (0.0204 of the range each) of the middle.
            let mean = waits.reduce(0, +) / 200
            #expect(abs(mean / ceiling - 0.5) < 0.11, "attempt \(attempts)")
        }
    }

    @Test func `the same seed gives the same wait, another seed another`() {
        var other = DeliveryPolicy()
        other.seed = 2
        let first = DeliveryPolicy().judge(.unanswered("x"), of: delivery(attempts: 5), at: now)
        #expect(DeliveryPolicy().judge(.unanswered("x"), of: delivery(attempts: 5), at: now) == first)
        #expect(other.judge(.unanswered("x"), of: delivery(attempts: 5), at: now) != first)
    }

    @Test func `a receiver may ask for a longer wait, not for a shorter one`() {
        let policy = DeliveryPolicy()
        let longer = policy.judge(answered(429, retryAfter: .seconds(90)), of: delivery(), at: now)
        #expect(wait(longer) == .seconds(90))
        let shorter = policy.judge(answered(503, retryAfter: .zero), of: delivery(attempts: 12), at: now)
        #expect(shorter == policy.judge(answered(503), of: delivery(attempts: 12), at: now))
    }

    @Test func `a message that is too old is given up`() {
        let policy = DeliveryPolicy()
        let decision = policy.judge(
            .unanswered("refused"), of: delivery(attempts: 3, age: .seconds(24 * 3_600)), at: now)
        #expect(decision.outcome == .failed(status: nil, error: "refused (given up 24h after it was written)"))
        #expect(policy.isExpired(delivery(attempts: 1, age: .seconds(25 * 3_600)), at: now))
        #expect(!policy.isExpired(delivery(attempts: 1, age: .seconds(23 * 3_600)), at: now))
    }

    @Test func `a message that was never tried gets its chance at any age`() {
        #expect(!DeliveryPolicy().isExpired(delivery(attempts: 0, age: .seconds(90 * 86_400)), at: now))
    }

    @Test(arguments: [
        ("120", Duration.seconds(120)), ("0", .zero), (" 5 ", .seconds(5)), ("99999999999999999999", .seconds(86_400)),
        ("Fri, 02 Jan 2026 03:05:05 GMT", .seconds(60)), ("Fri, 02 Jan 2026 03:00:00 GMT", .zero),
        ("Fri, 02 Jan 2099 03:00:00 GMT", .seconds(86_400)),
    ])
    func `Retry-After is read as seconds or as a date`(text: String, expected: Duration) {
        #expect(RetryAfter.parse(text, at: now) == expected)
    }

    @Test(arguments: ["", "soon", "-5", "1.5", "2026-01-02"])
    func `a Retry-After that says nothing is passed over`(text: String) {
        #expect(RetryAfter.parse(text, at: now) == nil)
    }
}
