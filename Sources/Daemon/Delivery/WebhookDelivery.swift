package import AnomalyDetection
import AsyncHTTPClient
package import Logging
import ServiceLifecycle

/// The service that sends what the outbox holds.
///
/// The outbox is the truth: what is in it and not delivered is sent, whenever it was written and by whichever run of
/// the
/// daemon. A call may be repeated, after a crash or a lost answer, and has the same `webhook-id` then.
package final class WebhookDelivery: Service {
    private let receivers: [WebhookReceiver]
    private let outbox: any OutboxStore
    private let policy: DeliveryPolicy
    private let shutdownLimit: Duration
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let loops = Locked<[ReceiverLoop]>([])

    /// A service for these receivers.
    ///
    /// - Parameters:
    ///   - policy: when to try again; its `maxAge` is replaced by each receiver's own.
    ///   - shutdownLimit: how long what is due is still sent after the daemon was asked to stop.
    ///   - now: the wall clock.
    package init(
        receivers: [WebhookReceiver], outbox: any OutboxStore, policy: DeliveryPolicy = DeliveryPolicy(),
        shutdownLimit: Duration = .seconds(5), now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.receivers = receivers
        self.outbox = outbox
        self.policy = policy
        self.shutdownLimit = shutdownLimit
        self.now = now
        self.logger = logger
    }

    /// Says that messages were committed; never waits.
    package func wake() {
        for loop in loops.withLock({ $0 }) { loop.wake() }
    }

    /// Sends until the service is asked to stop, and then what is due within the limit.
    package func run() async throws {
        let client = WebhookCall.makeClient()
        let loops = receivers.map { receiver in
            ReceiverLoop(
                call: WebhookCall(client: client, receiver: receiver), outbox: outbox, policy: policy, now: now,
                logger: logger)
        }
        self.loops.withLock { $0 = loops }
        await withGracefulShutdownHandler {
            if loops.isEmpty {
                // Without receivers there is nothing to do, but a service that returns early stops the daemon.
                try? await gracefulShutdown()
            }
            await withTaskGroup(of: Void.self) { group in
                for loop in loops { group.addTask { await loop.run(shutdownLimit: self.shutdownLimit) } }
            }
        } onGracefulShutdown: {
            for loop in loops { loop.stop() }
        }
        try await client.shutdown()
    }
}
