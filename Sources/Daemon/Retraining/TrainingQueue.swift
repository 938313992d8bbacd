package import AnomalyDetection

/// Trainings that were asked for, in order; at most one a stream waits, so the queue is bounded by their number.
package final class TrainingQueue: Sendable {
    private let requests = Locked<[TrainingRequest]>([])
    private let arrival = Wakeup()

    /// An empty queue.
    package init() {}

    /// The number of trainings that wait.
    package var count: Int { requests.withLock { $0.count } }

    /// Adds a request; one of the same stream that still waits is replaced. First models come before better ones.
    package func add(_ request: TrainingRequest) {
        requests.withLock { requests in
            requests.removeAll { $0.stream == request.stream }
            if request.reason == .warmUp {
                requests.insert(request, at: requests.firstIndex { $0.reason != .warmUp } ?? requests.count)
            } else {
                requests.append(request)
            }
        }
        arrival.signal()
    }

    /// The next request; waits for one at most so long.
    package func next(atMost limit: Duration) async -> TrainingRequest? {
        if let request = removeFirst() { return request }
        await arrival.wait(atMost: limit)
        return removeFirst()
    }

    private func removeFirst() -> TrainingRequest? {
        requests.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}
