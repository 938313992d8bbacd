import AnomalyDetection
import Logging
import Storage
import Synchronization

/// Sends the messages to one receiver, for as long as the daemon runs.
///
/// Each receiver has its own loop, so that none waits for another. At most ``concurrency`` messages are on their way
/// at once;
/// they concern different alerts, because a message waits in the outbox for the earlier ones about its alerts.
final class ReceiverLoop: Sendable {
    private static let concurrency = 4
    private static let batchLimit = 32
    /// The wall clock may be set while we wait, so that no wait for a due time is longer.
    private static let longestWait = Duration.seconds(60)
    /// The wait after the outbox could not be read or written.
    private static let outboxRetryDelay = Duration.seconds(1)

    private let call: WebhookCall
    private let outbox: any OutboxStore
    private let policy: DeliveryPolicy
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let news = Wakeup()
    private let stopped = Wakeup()
    private let isStopping = Atomic(false)
    /// Whether the last attempt failed; a failure is logged loudly once and not at every attempt.
    private let isFailing = Atomic(false)

    init(
        call: WebhookCall, outbox: any OutboxStore, policy: DeliveryPolicy, now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.call = call
        self.outbox = outbox
        var policy = policy
        policy.maxAge = call.receiver.maxAge
        self.policy = policy
        self.now = now
        var logger = logger
        logger[metadataKey: "receiver"] = "\(call.receiver.name)"
        self.logger = logger
    }

    /// Says that there may be new messages.
    func wake() {
        news.signal()
    }

    /// Makes ``run(shutdownLimit:)`` return once nothing is due any more, or its limit has passed.
    func stop() {
        isStopping.store(true, ordering: .sequentiallyConsistent)
        stopped.signal()
        news.signal()
    }

    /// Sends what is due, until stopped; then still what is due at the time, for `shutdownLimit` at most.
    func run(shutdownLimit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.work() }
            group.addTask {
                await self.stopped.wait(atMost: nil)
                // A canceled sleep means that the work is done before the limit.
                try? await Task.sleep(for: shutdownLimit)
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func work() async {
        var unrecorded: [Int64: DeliveryOutcome] = [:]
        while !Task.isCancelled {
            // Asked before the outbox is read, so that what was stored before the stop is still seen.
            let isLast = isStopping.load(ordering: .sequentiallyConsistent)
            do throws(StorageFailure) {
                for (id, outcome) in unrecorded {
                    try await outbox.recordAttempt(id, outcome: outcome)
                    unrecorded[id] = nil
                }
                let time = now()
                let due = try await outbox.dueDeliveries(
                    at: time, receiver: call.receiver.name, excluding: [], limit: Self.batchLimit)
                if due.isEmpty {
                    if isLast { return }
                    let next = try await outbox.nextDueTime(receiver: call.receiver.name, excluding: [])
                    await news.wait(atMost: wait(until: next))
                } else if await send(due, unrecorded: &unrecorded) {
                    await rest()
                    return
                }
            } catch {
                logger.error("The outbox cannot be used, deliveries wait: \(error)")
                if isLast { return }
                await news.wait(atMost: Self.outboxRetryDelay)
            }
            if !unrecorded.isEmpty { await news.wait(atMost: Self.outboxRetryDelay) }
        }
    }

    /// After the receiver said that it is gone: nothing to do until the daemon stops.
    private func rest() async {
        while !Task.isCancelled, !isStopping.load(ordering: .sequentiallyConsistent) {
            await news.wait(atMost: nil)
        }
    }

    private func wait(until time: Timestamp?) -> Duration {
        guard let time else { return Self.longestWait }
        return min(.nanoseconds(max(0, time.nanoseconds(since: now()))), Self.longestWait)
    }

    /// Sends messages, a few at a time; returns whether the receiver said that it is gone.
    private func send(_ deliveries: [Delivery], unrecorded: inout [Int64: DeliveryOutcome]) async -> Bool {
        await withTaskGroup(of: Sent.self) { group in
            var isGone = false
            var remaining = deliveries[...]
            for delivery in remaining.prefix(Self.concurrency) { group.addTask { await self.send(delivery) } }
            remaining = remaining.dropFirst(Self.concurrency)
            while let sent = await group.next() {
                if let outcome = sent.unrecorded { unrecorded[sent.id] = outcome }
                isGone = isGone || sent.isReceiverGone
                if !isGone, !Task.isCancelled, let delivery = remaining.popFirst() {
                    group.addTask { await self.send(delivery) }
                }
            }
            return isGone
        }
    }

    /// What came of one message.
    private struct Sent: Sendable {
        var id: Int64
        /// The outcome, where the outbox did not take it; the message must not be sent again for that.
        var unrecorded: DeliveryOutcome?
        var isReceiverGone = false
    }

    private func send(_ delivery: Delivery) async -> Sent {
        let decision: DeliveryPolicy.Decision
        if policy.isExpired(delivery, at: now()) {
            let age = DurationText.format(policy.maxAge)
            decision = .init(outcome: .failed(status: nil, error: "given up \(age) after it was written"))
        } else {
            let attempt = await call.post(delivery.entry, at: now())
            // An attempt that our own end cut short says nothing about the receiver; the message stays due.
            if case .unanswered = attempt, Task.isCancelled { return Sent(id: delivery.id) }
            decision = policy.judge(attempt, of: delivery, at: now())
        }
        log(decision, of: delivery)
        var sent = Sent(id: delivery.id, isReceiverGone: decision.disablesReceiver)
        do throws(StorageFailure) {
            try await outbox.recordAttempt(delivery.id, outcome: decision.outcome)
        } catch {
            logger.error("The outcome of \(delivery.entry.webhookID) cannot be stored yet: \(error)")
            sent.unrecorded = decision.outcome
        }
        return sent
    }

    private func log(_ decision: DeliveryPolicy.Decision, of delivery: Delivery) {
        let message = delivery.entry.summary
        switch decision.outcome {
        case .delivered:
            let wasFailing = isFailing.exchange(false, ordering: .relaxed)
            logger.log(level: wasFailing ? .notice : .debug, "Delivered: \(message)")
        case .retry(let dueAt, _, let error):
            let wasFailing = isFailing.exchange(true, ordering: .relaxed)
            logger.log(
                level: wasFailing ? .debug : .warning,
                "Not delivered: \(message): \(error); tried again at \(RFC3339.text(dueAt))")
        case .failed(_, let error):
            logger.error("Never delivered: \(message): \(error)")
        }
        if decision.disablesReceiver {
            logger.error("The receiver said that it is gone (410); it gets nothing more until Harken is restarted")
        }
    }
}

extension OutboxEntry {
    /// What it tells, in a few words: `fired of alert 3`, or `digest of 12 alerts`.
    fileprivate var summary: String {
        let alerts = Set(steps.map(\.alertID))
        let words = kind == .digest ? "digest" : Set(steps.map(\.transition.rawValue)).sorted().joined(separator: ", ")
        return alerts.count == 1 ? "\(words) of alert \(alerts.first ?? 0)" : "\(words) of \(alerts.count) alerts"
    }
}
