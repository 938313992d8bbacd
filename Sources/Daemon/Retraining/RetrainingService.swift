package import AnomalyDetection
package import Logging
import NIOPosix
import ServiceLifecycle
package import Storage
import Synchronization
import VAE

/// Trains the candidates that are asked for, beside scoring and at a lower priority, and stores every decision.
///
/// The work happens on a thread of its own: on a machine with one core the threads of Swift's tasks would all be taken by it.
package final class RetrainingService: Service {
    private let queue: TrainingQueue
    private let inbox: DetectionInbox
    private let store: Store
    private let settings: Locked<DetectorSettings>
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let isStopping = Atomic(false)

    /// A service that takes requests from the queue and leaves results in the detector's inbox; `now` is the wall clock.
    package init(
        queue: TrainingQueue, inbox: DetectionInbox, store: Store, settings: DetectorSettings,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.queue = queue
        self.inbox = inbox
        self.store = store
        self.settings = Locked(settings)
        self.now = now
        self.logger = logger
    }

    /// Uses other settings from the next training on.
    package func use(_ newSettings: DetectorSettings) {
        settings.withLock { $0 = newSettings }
    }

    /// Trains until the service is asked to stop; a training that is going on is given up then.
    package func run() async throws {
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        var lastAsked = ContinuousClock.now
        await withGracefulShutdownHandler {
            while !isStopping.load(ordering: .relaxed), !Task.isCancelled {
                if let request = await queue.next(atMost: .seconds(1)) { await train(request, on: threads) }
                let current = settings.withLock { $0 }
                if !current.retrainsByEventTime, let every = current.retrainEvery,
                    ContinuousClock.now - lastAsked >= .nanoseconds(every)
                {
                    lastAsked = .now
                    inbox.post(.trainingAsked(.schedule))
                }
            }
        } onGracefulShutdown: {
            self.isStopping.store(true, ordering: .relaxed)
        }
        try await threads.shutdownGracefully()
    }

    private func train(_ request: TrainingRequest, on threads: NIOThreadPool) async {
        let settings = settings.withLock { $0 }
        let startedAt = now()
        do {
            let history = try await store.history(
                of: request.stream, through: request.throughTime, limit: settings.historyReadings)
            let live = try await store.liveModel(of: request.stream)
            let labels = try await store.labels(of: request.stream, in: history)
            let channels = try await store.channelNames(of: request.stream)
            let outcome = try await threads.runIfActive { [self] in
                ThreadPriority.lower()
                return try ModelTrainer(settings: settings, channelNames: channels).train(
                    on: TrainingHistory(history), labels: labels, live: live, seed: request.seed
                ) {
                    if self.isStopping.load(ordering: .relaxed) { throw CancellationError() }
                }
            }
            try await finish(request, outcome, history: history, startedAt: startedAt)
        } catch FittingFailure.cancelled {
            return
        } catch {
            logger.error(
                "a training failed; the live version stays",
                metadata: ["stream": "\(request.stream.index + 1)", "cause": "\(error)"])
            inbox.post(.trained(TrainingResult(request: request, promoted: nil, reason: "\(error)")))
        }
    }

    private func finish(
        _ request: TrainingRequest, _ outcome: ModelTrainer.Outcome, history: ReadingHistory, startedAt: Timestamp
    ) async throws {
        let model = outcome.candidate.map { candidate in
            TrainedModel(candidate, trainedOn: history, request: request)
        }
        let id = try await store.insertTrainingRun(
            decision: outcome.decision, request: request, startedAt: startedAt, finishedAt: now(), model: model,
            exclusions: outcome.exclusions)
        var promoted: LiveModel?
        if outcome.decision.verdict == .promoted, let candidate = outcome.candidate {
            promoted = LiveModel(id: id, model: candidate)
        }
        logger.info(
            "training ended",
            metadata: [
                "stream": "\(request.stream.index + 1)", "why": "\(request.reason.rawValue)",
                "verdict": "\(outcome.decision.verdict.rawValue)", "reason": "\(outcome.decision.reason)",
                "readings": "\(outcome.decision.trainedReadings)",
            ])
        inbox.post(.trained(TrainingResult(request: request, promoted: promoted, reason: outcome.decision.reason)))
    }
}

extension Store {
    /// What was said of the readings of a history.
    func labels(of stream: StreamID, in history: ReadingHistory) async throws(StorageFailure) -> TrainingLabels {
        guard let first = history.times.first, let last = history.times.last else { return TrainingLabels() }
        return try await trainingLabels(of: stream, from: first, through: last)
    }
}

extension TrainingHistory {
    /// The stored readings, ready to train on.
    package init(_ stored: ReadingHistory) {
        self.init(
            channelCount: stored.channelCount, times: stored.times, values: stored.values,
            isAlerting: stored.isAlerting, settledScores: stored.settledScores)
    }
}
