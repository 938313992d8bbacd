import AnomalyDetection
import Logging
import Storage

/// Stores what the detector says while the detector goes on with the next readings.
///
/// Commits happen in order, one at a time. One that fails, on a full disk for instance, is kept and tried again; the
/// detector goes on until the memory for what is not stored is used up.
struct CommitPipeline {
    /// So many readings may wait for a disk that does not take them.
    private static let waitingReadingLimit = 262_144
    private static let retryInterval = Duration.seconds(1)

    private let store: Store
    private let logger: Logger
    private let committed: @Sendable (StoreCommit) -> Void
    private let finished: @Sendable () -> Void
    private var waiting: [StoreCommit] = []
    private var inFlight: Task<Result<StoreCommit, StorageFailure>, Never>?
    private var spare: [StoreCommit] = []
    private var lastFailure: StorageFailure?
    private var nextTry = ContinuousClock.now

    /// A pipeline; `committed` is called with everything that was stored, and `finished` when a commit has ended, so that
    /// ``advance()`` has something to do.
    init(
        store: Store, logger: Logger, finished: @escaping @Sendable () -> Void,
        committed: @escaping @Sendable (StoreCommit) -> Void
    ) {
        self.store = store
        self.logger = logger
        self.committed = committed
        self.finished = finished
    }

    /// An empty commit, with the memory of an earlier one where there is one.
    mutating func makeCommit() -> StoreCommit {
        spare.popLast() ?? StoreCommit()
    }

    /// Whether so much is not stored yet that no more readings should be taken in.
    var isSaturated: Bool {
        waiting.reduce(0) { $0 + $1.detection.rows.count } > Self.waitingReadingLimit
    }

    /// Whether everything is stored.
    var isIdle: Bool { waiting.isEmpty && inFlight == nil }

    /// Hands over a commit; waits only for the one before, where that is still being stored and all is well.
    mutating func submit(_ commit: StoreCommit) async {
        waiting.append(commit)
        if lastFailure == nil { await finishCurrent() }
        await startNext()
    }

    /// Goes on with what waits, where it is time to; to be called now and then.
    mutating func advance() async {
        if inFlight != nil { await finishCurrent() }
        await startNext()
    }

    /// Stores all that waits. Gives up with the failure when the store refuses so many times in a row.
    mutating func drain(tries: Int) async throws(StorageFailure) {
        var failures = 0
        while !isIdle {
            await finishCurrent()
            if let lastFailure {
                failures += 1
                guard failures < tries else { throw lastFailure }
                try? await Task.sleep(for: Self.retryInterval)
            }
            nextTry = .now
            await startNext()
        }
    }

    private mutating func startNext() async {
        guard inFlight == nil, let next = waiting.first, ContinuousClock.now >= nextTry else { return }
        waiting.removeFirst()
        // The task is owned: it is awaited by `finishCurrent` before anything else is stored. It is not cancelled with
        // the service, because what was scored has to be stored.
        inFlight = Task { [store, finished] in
            defer { finished() }
            do throws(StorageFailure) {
                try await store.commit(next)
                return .success(next)
            } catch {
                return .failure(error)
            }
        }
        inFlightCommit = next
    }

    private var inFlightCommit: StoreCommit?

    private mutating func finishCurrent() async {
        guard let task = inFlight else { return }
        let result = await task.value
        inFlight = nil
        switch result {
        case .success(let commit):
            inFlightCommit = nil
            if lastFailure != nil {
                lastFailure = nil
                logger.notice("the database takes readings again")
            }
            committed(commit)
            recycle(commit)
        case .failure(let failure):
            if lastFailure != failure {
                logger.error(
                    "nothing can be stored; scoring goes on and storing is tried again every second",
                    metadata: ["cause": "\(failure)"])
            }
            lastFailure = failure
            if let commit = inFlightCommit { waiting.insert(commit, at: 0) }
            inFlightCommit = nil
            nextTry = .now + Self.retryInterval
        }
    }

    private mutating func recycle(_ commit: StoreCommit) {
        guard spare.count < 2 else { return }
        var empty = commit
        empty.detection.removeAll()
        empty.streams.removeAll()
        empty.notices.removeAll()
        empty.outbox.removeAll()
        empty.holdBacks.removeAll()
        empty.states.removeAll(keepingCapacity: true)
        empty.liveModels.removeAll()
        empty.positions.removeAll()
        empty.losses.removeAll()
        spare.append(empty)
    }
}
