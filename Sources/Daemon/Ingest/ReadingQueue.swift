package import AnomalyDetection

/// Carries decoded readings from any number of inputs to the one detector, with a bound on how many may wait.
///
/// An input that can wait uses ``send(_:position:)`` and loses nothing; one that cannot uses ``offer(_:)`` and is
/// told when
/// there is no room. So that a fast file does not crowd out datagrams, readings that were sent take half of the room at
/// most; so that a flood of datagrams does not hold up a file, a batch is always taken while none that was sent waits.
///
/// A batch goes in by exchange: the caller gets back an empty one whose memory was used before, and the consumer
/// returns
/// what it has read by ``recycle(_:)``. In steady state nothing is allocated per batch.
package final class ReadingQueue: Sendable {
    /// Readings that came together.
    package struct Element: Sendable {
        /// The readings, in the order in which the input gave them.
        package var batch: ReadingBatch
        /// How far the input has been read with this batch; nil for inputs that cannot be read again.
        package var position: SourcePosition?
        /// Whether the input did not wait.
        fileprivate var isOffered: Bool
    }

    private let state: Locked<State>

    /// A queue with room for this many readings, more than 1.
    package init(capacity: Int) {
        precondition(capacity > 1, "a queue has room for at least 2 readings, not \(capacity)")
        state = Locked(State(capacity: capacity))
    }

    /// The number of readings that wait.
    package var count: Int {
        state.withLock { $0.sentCount + $0.offeredCount }
    }

    /// Puts a batch into the queue, waiting for room, and leaves an empty batch in its place.
    ///
    /// Returns false, with the batch as it was, where the queue is finished or the task is canceled while it
    /// waits. A batch that is larger than
    /// the queue is taken when nothing that was sent waits. An empty batch carries its position alone.
    package func send(_ batch: inout ReadingBatch, position: SourcePosition? = nil) async -> Bool {
        guard await reserve(batch.count) else { return false }
        let consumer = state.withLock { $0.append(&batch, position: position, isOffered: false) }
        consumer?.resume()
        return true
    }

    /// Puts a batch into the queue where there is room now, and leaves an empty batch in its place.
    ///
    /// Returns false, with the batch as it was, where there is no room or the queue is finished. Never waits.
    package func offer(_ batch: inout ReadingBatch) -> Bool {
        guard !batch.isEmpty else { return true }
        let (isTaken, consumer) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            guard !state.isFinished, state.hasRoomForOffer(of: batch.count) else { return (false, nil) }
            state.offeredCount += batch.count
            return (true, state.append(&batch, position: nil, isOffered: true))
        }
        consumer?.resume()
        return isTaken
    }

    /// The oldest batch, waiting for one; nil once the queue is finished and empty, or when the task is canceled.
    ///
    /// There is one consumer: a second call while one waits is a programmer's error.
    package func next() async -> Element? {
        while true {
            if Task.isCancelled { return nil }
            if let element = nextIfAvailable() { return element }
            let isOver = state.withLock { $0.isFinished && $0.isEmpty }
            if isOver { return nil }
            await waitForElement()
        }
    }

    /// The oldest batch where one is there already; the consumer gathers several into one commit with it.
    package func nextIfAvailable() -> Element? {
        let element = state.withLock { $0.removeFirst() }
        while let sender = state.withLock({ $0.admitSender() }) { sender.resume(returning: true) }
        return element
    }

    /// Gives the memory of a batch back for later ones.
    ///
    /// Pass a batch that nobody else holds, by `consume`: of a shared one only a copy could be emptied, and its
    /// memory would
    /// not come back.
    package func recycle(_ batch: consuming ReadingBatch) {
        batch.removeAll()
        let empty = batch
        state.withLock { $0.recycle(empty) }
    }

    /// Takes no more batches; the consumer gets those that are there and then nil. May be called again.
    package func finish() {
        let (senders, consumer) = state.withLock { $0.finish() }
        for sender in senders { sender.resume(returning: false) }
        consumer?.resume()
    }

    /// Waits until a batch of so many readings may be sent, and holds its room.
    private func reserve(_ count: Int) async -> Bool {
        let admission = state.withLock { $0.tryAdmit(count) }
        switch admission {
        case .admitted: return true
        case .finished: return false
        case .mustWait: break
        }
        let id = state.withLock { $0.makeSenderID() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // The flag is read under the lock: a cancellation before it is seen here, one after it finds the
                // sender.
                let answer = state.withLock { state -> Bool? in
                    if Task.isCancelled { return false }
                    switch state.tryAdmit(count) {
                    case .admitted: return true
                    case .finished: return false
                    case .mustWait:
                        state.senders.append(.init(id: id, count: count, continuation: continuation))
                        return nil
                    }
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let sender = state.withLock { $0.removeSender(id) }
            sender?.resume(returning: false)
        }
    }

    private func waitForElement() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if Task.isCancelled || state.isFinished || !state.isEmpty { return true }
                    precondition(state.consumer == nil, "a reading queue has one consumer, and it is waiting already")
                    state.consumer = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            let consumer = state.withLock { $0.consumer.take() }
            consumer?.resume()
        }
    }
}

extension ReadingQueue {
    /// A sender that waits for room.
    fileprivate struct Sender {
        let id: UInt64
        let count: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    fileprivate enum Admission {
        case admitted
        case finished
        case mustWait
    }

    /// What the lock guards; continuations are handed out to be resumed outside of it.
    fileprivate struct State {
        /// Batches are joined up to this size, so that small datagrams do not make long queues of tiny batches.
        private static let joinLimit = 4_096
        /// More empty batches than this are not kept: the queue is then rarely that long.
        private static let freeLimit = 64

        private let capacity: Int
        /// The waiting batches are those from `head` on; the slots before are empty.
        private var elements: [Element] = []
        private var head = 0
        private var free: [ReadingBatch] = []
        private var lastSenderID: UInt64 = 0
        /// Readings that were sent and wait, those with held room included.
        var sentCount = 0
        /// Readings that were offered and wait.
        var offeredCount = 0
        var isFinished = false
        var senders: [Sender] = []
        var consumer: CheckedContinuation<Void, Never>?

        init(capacity: Int) {
            self.capacity = capacity
        }

        var isEmpty: Bool { head == elements.count }

        func hasRoomForOffer(of count: Int) -> Bool {
            let used = sentCount + offeredCount
            return used == 0 || used + count <= capacity
        }

        /// Holds room for a batch that is to be sent, where there is room.
        mutating func tryAdmit(_ count: Int) -> Admission {
            if isFinished { return .finished }
            let hasRoom = sentCount + count <= capacity / 2 && sentCount + offeredCount + count <= capacity
            guard senders.isEmpty, sentCount == 0 || hasRoom else { return .mustWait }
            sentCount += count
            return .admitted
        }

        /// The sender that waited longest, if its batch has room by now.
        mutating func admitSender() -> CheckedContinuation<Bool, Never>? {
            guard let first = senders.first else { return nil }
            let hasRoom =
                sentCount + first.count <= capacity / 2 && sentCount + offeredCount + first.count <= capacity
            guard sentCount == 0 || hasRoom else { return nil }
            sentCount += first.count
            return senders.removeFirst().continuation
        }

        mutating func makeSenderID() -> UInt64 {
            lastSenderID += 1
            return lastSenderID
        }

        mutating func removeSender(_ id: UInt64) -> CheckedContinuation<Bool, Never>? {
            guard let index = senders.firstIndex(where: { $0.id == id }) else { return nil }
            return senders.remove(at: index).continuation
        }

        /// Adds a batch whose room is held, and gives the consumer that is to be woken.
        mutating func append(
            _ batch: inout ReadingBatch, position: SourcePosition?, isOffered: Bool
        ) -> CheckedContinuation<Void, Never>? {
            if let last = elements.indices.last, last >= head, elements[last].isOffered == isOffered,
                elements[last].position?.source == position?.source,
                elements[last].batch.count + batch.count <= Self.joinLimit
            {
                elements[last].batch.append(contentsOf: batch)
                elements[last].position = position
                batch.removeAll()
            } else {
                var empty = free.popLast() ?? ReadingBatch()
                swap(&batch, &empty)
                elements.append(Element(batch: empty, position: position, isOffered: isOffered))
            }
            return consumer.take()
        }

        mutating func removeFirst() -> Element? {
            guard !isEmpty else { return nil }
            var element = Element(batch: ReadingBatch(), position: nil, isOffered: false)
            swap(&element, &elements[head])
            head += 1
            if isEmpty {
                elements.removeAll(keepingCapacity: true)
                head = 0
            } else if head > 64, head * 2 > elements.count {
                elements.removeFirst(head)
                head = 0
            }
            if element.isOffered { offeredCount -= element.batch.count } else { sentCount -= element.batch.count }
            return element
        }

        mutating func recycle(_ batch: ReadingBatch) {
            if free.count < Self.freeLimit { free.append(batch) }
        }

        mutating func finish() -> ([CheckedContinuation<Bool, Never>], CheckedContinuation<Void, Never>?) {
            isFinished = true
            let waiting = senders.map(\.continuation)
            senders.removeAll()
            return (waiting, consumer.take())
        }
    }
}
