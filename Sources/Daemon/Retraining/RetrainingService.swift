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
    private let reader: ModelReader
    private let settings: Locked<DetectorSettings>
    private let isLive: Bool
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let isStopping = Atomic(false)

    /// By the wall clock, trainings that are due in the time between them are asked for in so many parts.
    private static let scheduleParts = 64

    /// A service that takes requests from the queue and leaves results in the detector's inbox; `now` is the wall clock.
    /// `isLive` says that readings come as they are made, so that trainings have time; a file waits for them.
    package init(
        queue: TrainingQueue, inbox: DetectionInbox, store: Store, settings: DetectorSettings, isLive: Bool,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.queue = queue
        self.inbox = inbox
        self.store = store
        reader = ModelReader(store: store)
        self.settings = Locked(settings)
        self.isLive = isLive
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
        var part = 0
        await withGracefulShutdownHandler {
            while !isStopping.load(ordering: .relaxed), !Task.isCancelled {
                if let request = queue.nextFleet() {
                    await train(request, on: threads)
                    continue
                }
                if let request = await queue.next(atMost: .seconds(1)) { await train(request, on: threads) }
                let current = settings.withLock { $0 }
                if !current.retrainsByEventTime, let every = current.retrainEvery {
                    // The loop turns about once a second.
                    let parts = max(1, min(Self.scheduleParts, Int(every / 1_000_000_000)))
                    if ContinuousClock.now - lastAsked >= .nanoseconds(every / Int64(parts)) {
                        lastAsked = .now
                        part = (part + 1) % parts
                        inbox.post(.trainingDue(part: part, of: parts))
                    }
                }
            }
        } onGracefulShutdown: {
            self.isStopping.store(true, ordering: .relaxed)
        }
        try await threads.shutdownGracefully()
    }

    private func train(_ request: TrainingRequest, on threads: NIOThreadPool) async {
        if let plan = request.rollback { return await goBack(request, plan) }
        let settings = settings.withLock { $0 }
        let startedAt = now()
        do {
            let material = try await TrainingMaterial(request, settings: settings, from: store, reader)
            // Readings of a stream without a model have no score until it is there, and a file waits for every candidate.
            let pace = TrainingPace(share: isLive && request.reason != .warmUp ? settings.trainingShare : 1)
            let result = try await threads.runIfActive { [self] in
                ThreadPriority.lower()
                return try material.training.run(settings: settings) { try self.step(pace) }
            }
            try await finish(material, result, startedAt: startedAt)
        } catch FittingFailure.cancelled {
            return
        } catch {
            logger.error(
                "a training failed; the live version stays",
                metadata: ["stream": "\(request.stream.index + 1)", "cause": "\(error)"])
            inbox.post(.trained(TrainingResult(request: request, promoted: nil, reason: "\(error)")))
        }
    }

    /// Has the version before score again, because the live one broke its false-alarm budget on its first day.
    private func goBack(_ request: TrainingRequest, _ plan: RollbackPlan) async {
        do {
            let target = try await store.rollbackTarget(plan.to, reader)
            try await store.insertRollback(plan, request: request, at: now())
            logger.notice(
                "a model is taken back",
                metadata: [
                    "stream": "\(request.stream.index + 1)", "model": "\(plan.from)", "back_to": "\(plan.to)",
                    "reason": "\(plan.explanation)",
                ])
            inbox.post(.trained(TrainingResult(request: request, promoted: target.model, reason: plan.explanation)))
        } catch {
            logger.error(
                "a model cannot be taken back; it stays",
                metadata: ["stream": "\(request.stream.index + 1)", "model": "\(plan.from)", "cause": "\(error)"])
            inbox.post(.trained(TrainingResult(request: request, promoted: nil, reason: "\(error)")))
        }
    }

    /// Between two steps of a training: keeps its pace, and stops it when the service is asked to stop.
    private func step(_ pace: TrainingPace) throws {
        pace.keep { isStopping.load(ordering: .relaxed) }
        if isStopping.load(ordering: .relaxed) { throw CancellationError() }
    }

    /// Trains the weights of a fleet. Nobody waits for them but trainings of its streams, which are behind this one.
    private func train(_ request: FleetRequest, on threads: NIOThreadPool) async {
        let settings = settings.withLock { $0 }
        let startedAt = now()
        do {
            var members: [FleetTrainer.Member] = []
            let limit = FleetTrainer.historyLimit(memberCount: request.members.count, settings: settings)
            for member in request.members {
                let history = try await store.history(of: member.stream, through: member.throughTime, limit: limit)
                // A channel that came later than the fleet is not part of it.
                guard history.channelCount == request.key.channels.count else { continue }
                members.append(
                    FleetTrainer.Member(
                        history: TrainingHistory(history),
                        labels: try await store.labels(of: member.stream, in: history)))
            }
            let live = try await reader.fleet(FleetReference(fleet: request.fleet, version: request.version - 1))
            let pace = TrainingPace(share: isLive ? settings.trainingShare : 1)
            let outcome = try await threads.runIfActive { [self, members] in
                ThreadPriority.lower()
                return try FleetTrainer(settings: settings, channelNames: request.key.channels).train(
                    on: members, live: live, version: request.version, seed: request.seed
                ) { try self.step(pace) }
            }
            try await store.insertFleetTraining(
                decision: outcome.decision, request: request, startedAt: startedAt, finishedAt: now(),
                weights: outcome.model.map(TrainedFleet.init))
            logger.info(
                "training of a fleet ended",
                metadata: [
                    "streams": "\(request.key.pattern)", "version": "\(request.version)",
                    "why": "\(request.reason.rawValue)", "verdict": "\(outcome.decision.verdict.rawValue)",
                    "reason": "\(outcome.decision.reason)", "readings": "\(outcome.decision.trainedReadings)",
                ])
        } catch FittingFailure.cancelled {
            return
        } catch {
            logger.error(
                "a training of a fleet failed; the weights before stay",
                metadata: ["streams": "\(request.key.pattern)", "cause": "\(error)"])
        }
    }

    private func finish(
        _ material: TrainingMaterial, _ result: StreamTraining.Result, startedAt: Timestamp
    ) async throws {
        let (request, outcome) = (material.request, result.outcome)
        let model = outcome.candidate.map { candidate in TrainedModel(candidate, trainedOn: material) }
        let id = try await store.insertTrainingRun(
            decision: outcome.decision, request: request, startedAt: startedAt, finishedAt: now(), model: model,
            exclusions: outcome.exclusions, recipe: outcome.recipe, comparedWith: material.liveID)
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
        inbox.post(
            .trained(
                TrainingResult(
                    request: request, promoted: promoted, reason: outcome.decision.reason,
                    comparedWith: material.liveID, baseline: result.baseline)))
    }
}

extension Store {
    /// What was said of the readings of a history.
    package func labels(of stream: StreamID, in history: ReadingHistory) async throws(StorageFailure) -> TrainingLabels
    {
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
        stretchStarts = stored.stretchStarts
    }
}
