import AnomalyDetection
import Logging
import ServiceLifecycle
import Storage

/// Sees what people write into the database while the daemon runs, and hands it to the detector.
///
/// Whoever writes raises a number; asking for it twice a second costs a running daemon nothing that can be measured, and whatever
/// was said is in force within a second. What was asked for is done here, or handed to whoever does it.
struct AnswersWatch: Service {
    private static let interval = Duration.milliseconds(400)

    private let store: Store
    private let inbox: DetectionInbox
    private let logger: Logger
    private let delivered: @Sendable () -> Void
    private let now: @Sendable () -> Timestamp
    private let known: Answers

    /// A watch for what is said after `known`. `delivered` is called when a message is due again; `now` is the wall clock.
    init(
        store: Store, inbox: DetectionInbox, known: Answers, delivered: @escaping @Sendable () -> Void,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.store = store
        self.inbox = inbox
        self.logger = logger
        self.delivered = delivered
        self.now = now
        self.known = known
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await watch() }
    }

    private func watch() async {
        var revision = known.revision
        var requests = known.requests
        var isFailing = false
        while !Task.isCancelled {
            do {
                if try await store.answerRevision() != revision {
                    let answers = try await store.answers()
                    revision = answers.revision
                    requests = answers.requests
                    inbox.post(.answers(answers))
                }
                for request in requests { try await carryOut(request) }
                requests = []
                isFailing = false
            } catch {
                if !isFailing {
                    logger.error("what people say cannot be read; it is tried again", metadata: ["cause": "\(error)"])
                }
                isFailing = true
            }
            // A cancelled sleep means that the daemon stops.
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Does what was asked for, and notes what came of it, so that it is not done again.
    private func carryOut(_ request: PersonRequest) async throws {
        let outcome: String
        switch request.action {
        case .retryDelivery:
            let result = try await store.retryDelivery(request.subject, at: now())
            outcome = result.sentence(about: request.subject)
            if case .due = result { delivered() }
        case .rollBackModel:
            do {
                let target = try await store.rollbackTarget(request.subject, ModelReader(store: store))
                inbox.post(.rollBack(target.stream, target.model))
                outcome = "it scores from the next reading on"
            } catch let failure as RollbackFailure {
                outcome = failure.description
            }
        }
        logger.notice(
            "somebody asked for something",
            metadata: [
                "action": "\(request.action.rawValue)", "subject": "\(request.subject)", "outcome": "\(outcome)",
            ])
        try await store.finish(request, outcome: outcome, at: now())
    }
}
