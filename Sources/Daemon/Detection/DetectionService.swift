package import AnomalyDetection
package import Logging
import ServiceLifecycle
package import Storage
import Synchronization

/// Owns the detector: takes readings in, stores what it says, asks for trainings, and writes outbox rows for alerts.
///
/// What a batch of readings gives is stored in one transaction; only then are trainings asked for and deliveries woken, so
/// whoever is told of something finds it in the database.
package final class DetectionService: Service {
    /// What the service works with; made by ``Assembly``.
    package struct Parts: Sendable {
        fileprivate let settings: DetectorSettings
        fileprivate let store: Store
        fileprivate let saved: SavedState
        fileprivate let queue: ReadingQueue
        fileprivate let isLive: Bool
        fileprivate let inbox: DetectionInbox
        fileprivate let table: SharedStreamTable
        fileprivate let ledger: IngestLossLedger
        fileprivate let trainings: TrainingQueue
        fileprivate let telling: AlertTelling
        fileprivate let grouping: AlertGrouping
        fileprivate let answers: Answers
        fileprivate let delivered: @Sendable () -> Void
        fileprivate let progress: ProgressCounter
        fileprivate let now: @Sendable () -> Timestamp

        /// All parts, each as its type says; `delivered` is called when outbox rows were stored. `isLive` says that readings
        /// come as they are made, not from a file: then one of which a channel is missing ends when nothing comes for a
        /// second, for a datagram may have been lost, and none waits long for a candidate in training.
        package init(
            settings: DetectorSettings, store: Store, saved: SavedState, queue: ReadingQueue,
            isLive: Bool, inbox: DetectionInbox,
            table: SharedStreamTable, ledger: IngestLossLedger, trainings: TrainingQueue, telling: AlertTelling,
            grouping: AlertGrouping, answers: Answers,
            delivered: @escaping @Sendable () -> Void, progress: ProgressCounter,
            now: @escaping @Sendable () -> Timestamp
        ) {
            self.settings = settings
            self.store = store
            self.saved = saved
            self.queue = queue
            self.isLive = isLive
            self.inbox = inbox
            self.table = table
            self.ledger = ledger
            self.trainings = trainings
            self.telling = telling
            self.grouping = grouping
            self.answers = answers
            self.delivered = delivered
            self.progress = progress
            self.now = now
        }
    }

    /// Readings that are scored before they are stored together, at most.
    private static let commitReadings = 8_192
    /// Nothing came for this long: readings of which a channel is still missing will not become whole.
    private static let quietLimit = Duration.seconds(1)
    /// Silence is looked for once a second; after a longer time than this many nanoseconds the machine slept, or its clock was
    /// set.
    private static let longestCheckGap: Int64 = 10_000_000_000
    private static let lateReason = "not_newer"
    /// Readings wait at most about this long for a candidate of a stream which has a model already.
    private static let candidateWait = Duration.seconds(10)

    private let parts: Parts
    private let logger: Logger
    private let isStopping = Atomic(false)
    private let standing = Locked(DetectorStanding())

    /// A service of these parts.
    package init(_ parts: Parts, logger: Logger) {
        self.parts = parts
        self.logger = logger
    }

    /// How things stand, for the status line.
    package var currentStanding: DetectorStanding { standing.withLock { $0 } }

    /// Works until the input has ended and all of it is scored and stored, or until the service is asked to stop; then
    /// what was taken in is stored and nothing is waited for.
    package func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await self.pumpReadings() }
                group.addTask { try await self.detect() }
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            self.isStopping.store(true, ordering: .relaxed)
            self.parts.queue.finish()
        }
    }

    private func pumpReadings() async {
        while let element = await parts.queue.next() { await parts.inbox.deliver(element) }
        parts.inbox.post(.inputEnded)
    }

    private func detect() async throws {
        let table = parts.table
        let scopes = parts.settings.modelScopes
        let engine = DetectionEngine(
            settings: parts.settings, nextAlertID: parts.saved.nextAlertID,
            streamName: { stream in table.withTable { $0.name(of: stream) } },
            fleetKey: { scopes.fleetKey(of: $0, in: table) },
            names: { stream in table.withTable { $0.channels(of: stream) } })
        var work = Work(
            engine: engine, telling: parts.telling, grouping: parts.grouping,
            registration: StreamRegistration(known: parts.saved.streams),
            pipeline: CommitPipeline(
                store: parts.store, logger: logger, finished: { [parts] in parts.inbox.post(.stored) }
            ) { [parts] commit in
                for request in commit.detection.fleetRequests { parts.trainings.add(request) }
                for request in commit.detection.trainingRequests { parts.trainings.add(request) }
                if !commit.outbox.isEmpty { parts.delivered() }
            })
        work.commit = work.pipeline.makeCommit()
        try await EngineResumption(store: parts.store, saved: parts.saved, logger: logger)
            .resume(engine, into: &work.commit.detection)
        engine.listen(from: parts.now())
        engine.isQuiet = isQuiet(QuietTimes(parts.answers))
        take(parts.answers, isFirst: true, &work)
        // What people said while no daemon ran counts for the readings that wait.
        engine.goOn(into: &work.commit.detection)
        await submit(&work)
        while !isFinished(work) { try await step(&work) }
        engine.completeReadings(into: &work.commit.detection)
        engine.settleWaiting(into: &work.commit.detection)
        // Whoever stops the daemon starts it again; at the end of the input everything is told.
        await submit(&work, telling: isStopping.load(ordering: .relaxed) ? .gathered : .all)
        try await work.pipeline.drain(tries: isStopping.load(ordering: .relaxed) ? 2 : 10)
    }

    /// What moves along with the loop; it has one owner, the loop.
    fileprivate struct Work {
        var engine: DetectionEngine
        var telling: AlertTelling
        var grouping: AlertGrouping
        /// The alerts that people have called the new normal.
        var newNormals: Set<Int64> = []
        var registration: StreamRegistration
        var pipeline: CommitPipeline
        var commit = StoreCommit()
        var inputHasEnded = false
        /// Silence is looked for at this moment again.
        var nextSilenceCheck = ContinuousClock.now
        /// When it was looked for last, by the wall clock; nil before the first time.
        var lastSilenceCheck: Timestamp?
        /// Since when readings wait for candidates; nil while none does.
        var waitingSince: ContinuousClock.Instant?
    }

    private func isFinished(_ work: Work) -> Bool {
        guard work.inputHasEnded else { return false }
        return isStopping.load(ordering: .relaxed) || work.engine.heldReadingCount == 0
    }

    private func step(_ work: inout Work) async throws {
        let acceptsReadings =
            isStopping.load(ordering: .relaxed) || !(work.engine.isSaturated || work.pipeline.isSaturated)
        // What was gathered to be told together is due sooner than a stream is quiet.
        let wait = min(Self.quietLimit, work.grouping.wait(from: parts.now()) ?? Self.quietLimit)
        let event = await parts.inbox.next(acceptingReadings: acceptsReadings, atMost: wait)
        // Waiting for a full disk or a training is no progress, and neither is it a hang: the loop turns.
        parts.progress.advance()
        switch consume event {
        case .readings(var element):
            // The batch is taken out of the element, so that its memory is not shared when it is given back.
            var batch = ReadingBatch()
            swap(&batch, &element.batch)
            work.engine.ingest(batch, arrival: parts.isLive ? parts.now() : nil, into: &work.commit.detection)
            parts.queue.recycle(consume batch)
            note(element.position, &work)
            if work.commit.detection.rows.count < Self.commitReadings, parts.queue.count > 0 { return }
        case .trained(let result):
            work.engine.install(result, into: &work.commit.detection)
        case .trainingDue(let part, let count):
            work.engine.requestTraining(part: part, of: count, into: &work.commit.detection)
        case .trainingAsked(let reason):
            work.engine.requestTraining(reason: reason, into: &work.commit.detection)
        case .answers(let answers):
            work.telling.use(QuietTimes(answers))
            work.engine.isQuiet = isQuiet(QuietTimes(answers))
            take(answers, isFirst: false, &work)
        case .rollBack(let stream, let model):
            work.engine.roll(stream, backTo: model, into: &work.commit.detection)
        case .stored:
            await work.pipeline.advance()
        case .settings(let settings, let notifications):
            work.engine.settings = settings
            work.telling.settings = notifications
            work.grouping.settings = notifications
        case .inputEnded:
            work.inputHasEnded = true
            work.engine.completeReadings(into: &work.commit.detection)
        case nil:
            // Quiet is when nothing came although it was welcome. A file that pauses goes on where it stopped.
            if parts.isLive, acceptsReadings, wait == Self.quietLimit {
                work.engine.completeReadings(into: &work.commit.detection)
            }
            await work.pipeline.advance()
        }
        limitWait(&work)
        watchForSilence(&work)
        await submit(&work)
    }

    /// Whether nobody was to be told of a stream's alerts at a time of its readings; those of a live stream are the wall clock's.
    private func isQuiet(_ times: QuietTimes) -> @Sendable (StreamID, Timestamp) -> Bool {
        let table = parts.table
        return { stream, time in
            let name = table.withTable { $0.name(of: stream) }
            return times.reason(stream: name, streamTime: time, now: time) != nil
        }
    }

    /// Hands what people said of alerts to the detector. What was said before the daemon started may have been learned from then,
    /// unless the alert still fires.
    private func take(_ answers: Answers, isFirst: Bool, _ work: inout Work) {
        work.engine.take(answers.verdicts, into: &work.commit.detection)
        for verdict in answers.verdicts where verdict.verdict == .newNormal && !verdict.isAutomatic {
            let isNew = work.newNormals.insert(verdict.alert.id).inserted
            guard isNew, !isFirst || verdict.alert.resolvedAt == nil || !verdict.isLearned else { continue }
            work.engine.learnNewNormal(of: verdict.alert, into: &work.commit.detection)
        }
    }

    /// Looks for streams that have fallen silent, once a second. A file that pauses is no silence.
    private func watchForSilence(_ work: inout Work) {
        guard parts.isLive, ContinuousClock.now >= work.nextSilenceCheck else { return }
        work.nextSilenceCheck = .now + Self.quietLimit
        let now = parts.now()
        let sinceLast = work.lastSilenceCheck.map { now.nanoseconds(since: $0) } ?? 0
        work.lastSilenceCheck = now
        // What waits in the queue is not silent, and neither is what came while the machine slept or its clock was set.
        guard !work.engine.isSaturated, !work.pipeline.isSaturated, (0...Self.longestCheckGap).contains(sinceLast)
        else {
            work.engine.listen(from: now)
            return
        }
        work.engine.checkSilence(at: now, into: &work.commit.detection)
    }

    /// Training takes as long as it takes, and must not hold up the scoring of what happens now. A file can wait, and so
    /// gives the same scores however long training takes, up to ``DetectorSettings/heldReadingLimit``.
    private func limitWait(_ work: inout Work) {
        guard parts.isLive, work.engine.readingsWaitingForCandidates > 0 else {
            work.waitingSince = nil
            return
        }
        let since = work.waitingSince ?? .now
        work.waitingSince = since
        guard ContinuousClock.now - since > Self.candidateWait else { return }
        work.engine.giveUpWaiting(into: &work.commit.detection)
        work.waitingSince = nil
    }

    private func note(_ position: SourcePosition?, _ work: inout Work) {
        guard let position else { return }
        let entry = InputPosition(source: position.source, position: position.offset, updatedAt: parts.now())
        work.commit.positions.removeAll { $0.source == entry.source }
        work.commit.positions.append(entry)
    }

    /// Adds what belongs to the output and hands all of it to the pipeline.
    private func submit(_ work: inout Work, telling urgency: AlertGrouping.Urgency = .whatIsDue) async {
        let time = parts.now()
        if work.commit.detection.lateCount > 0 {
            parts.ledger.add(work.commit.detection.lateCount, reason: Self.lateReason, source: "detector")
        }
        work.commit.losses = parts.ledger.drain(at: time)
        let changed = Set(work.commit.detection.changedStreams)
        for transition in work.commit.detection.transitions {
            let name = parts.table.withTable { $0.name(of: transition.alert.stream) }
            let told = work.telling.tell(transition, stream: name, at: time)
            work.add(told, at: time)
            log(transition, stream: name, heldBackBy: told.holdBacks[transition.alert.id] ?? nil)
        }
        let engine = work.engine
        let released = work.telling.release(
            at: time, newestTime: { engine.newestTime(of: $0) }, isCooling: { engine.isCooling($0) })
        work.add(released, at: time)
        compose(at: time, urgency, &work)
        for hold in work.commit.detection.ruleHolds { log(hold) }
        let hasNews =
            !changed.isEmpty || !work.commit.losses.isEmpty || !work.commit.positions.isEmpty
            || !work.commit.detection.trainingRequests.isEmpty || !work.commit.detection.fleetRequests.isEmpty
            || !work.commit.detection.scoredLater.isEmpty
            || !work.commit.detection.settled.isEmpty || !work.commit.holdBacks.isEmpty || !work.commit.outbox.isEmpty
            || !work.commit.notices.isEmpty
        guard hasNews else { return }
        work.commit.streams = work.registration.newRecords(for: Array(changed), in: parts.table)
        work.commit.liveModels = work.commit.detection.adoptedModels
        for stream in changed {
            work.commit.states[stream] = StreamState(
                status: StreamStatus(work.engine.standing(of: stream)),
                bytes: work.engine.snapshot(of: stream).encoded())
        }
        updateStanding(work)
        await work.pipeline.submit(work.commit)
        work.commit = work.pipeline.makeCommit()
    }

    /// Adds the messages that are due.
    private func compose(at time: Timestamp, _ urgency: AlertGrouping.Urgency, _ work: inout Work) {
        let composed = work.grouping.compose(at: time, urgency)
        work.commit.outbox += composed.messages
        work.commit.notices += composed.changed
        work.commit.holdBacks.merge(composed.holdBacks) { _, new in new }
        let budget = work.grouping.settings.fleetBudget?.description ?? "none"
        if composed.newlyHeldBack > 0 {
            logger.warning(
                "the fleet's budget of notifications is used up; what fires is told in a digest",
                metadata: [
                    "budget": "\(budget)", "alerts": "\(composed.newlyHeldBack)",
                    "digest_every": "\(DurationText.format(work.grouping.settings.digestEvery))",
                ])
        }
        if composed.digested > 0 {
            logger.notice("a digest goes out", metadata: ["alerts": "\(composed.digested)", "budget": "\(budget)"])
        }
    }

    private func log(_ hold: DetectionOutput.RuleHold) {
        guard !hold.isOver else { return }
        let name = parts.table.withTable { $0.name(of: hold.stream) }
        logger.info(
            "a rule holds back an alert",
            metadata: ["stream": "\(name)", "channel": "\(hold.channel)", "rule": "\(hold.rule)"])
    }

    private func log(_ transition: AlertTransition, stream: String, heldBackBy: String?) {
        guard transition.kind != .updated else { return }
        let alert = transition.alert
        logger.notice(
            transition.kind == .fired ? "alert fires" : "alert resolved",
            metadata: [
                "alert": "\(alert.id)", "kind": "\(alert.kind.rawValue)", "stream": "\(stream)",
                "shape": "\(alert.shape.rawValue)", "channel": "\(alert.contributions.first?.channel ?? "")",
                "peak": "\((alert.peakScore * 100).rounded() / 100)",
            ].merging(heldBackBy.map { ["held_back_by": "\($0)"] } ?? [:]) { first, _ in first })
    }

    private func updateStanding(_ work: Work) {
        let rows = work.commit.detection.rows.count
        let (streams, waiting) = (work.engine.streamCount, work.engine.heldReadingCount)
        let transitions = work.commit.detection.transitions
        standing.withLock { standing in
            standing.streams = streams
            standing.readings += rows
            standing.waiting = waiting
            standing.firing += transitions.count { $0.kind == .fired } - transitions.count { $0.kind == .resolved }
        }
    }
}

/// How the detector stands, in numbers for a status line.
package struct DetectorStanding: Sendable, Equatable {
    /// Streams seen so far.
    package var streams = 0
    /// Readings taken in since the daemon started.
    package var readings = 0
    /// Readings that wait for a model in training.
    package var waiting = 0
    /// Alerts that began to fire since the daemon started and did not resolve.
    package var firing = 0

    /// The status line.
    package var line: String {
        "\(streams) streams, \(readings) readings, \(firing) alerts firing"
            + (waiting > 0 ? ", \(waiting) readings wait for a model" : "")
    }
}

extension DetectionService.Work {
    /// Adds what is told, and what is not.
    fileprivate mutating func add(_ told: AlertTelling.Told, at time: Timestamp) {
        commit.notices += told.notices
        commit.holdBacks.merge(told.holdBacks) { _, new in new }
        grouping.add(told.notices, at: time)
    }
}

extension StreamStatus {
    /// The columns that people see of where a stream stands.
    init(_ standing: StreamStanding) {
        self.init(
            phase: standing.modelID == 0 ? .warmingUp : .scoring, readings: standing.readings,
            readingsNeeded: standing.readingsNeeded, threshold: standing.threshold,
            isThresholdProvisional: standing.isProvisional, falseAlarms: standing.falseAlarms,
            detail: standing.explanation)
    }
}
