package import AnomalyDetection

/// Trainings that were asked for, in order; at most one a stream waits, so the queue is bounded by their number.
///
/// Trainings of fleets' weights come first, for those of streams behind them may use what comes of them.
package final class TrainingQueue: Sendable {
    private let requests = Locked<[TrainingRequest]>([])
    private let fleetRequests = Locked<[FleetRequest]>([])
    private let arrival = Wakeup()

    /// An empty queue.
    package init() {}

    /// The number of trainings that wait.
    package var count: Int { requests.withLock { $0.count } + fleetRequests.withLock { $0.count } }

    /// Adds a request for a fleet's weights.
    func add(_ request: FleetRequest) {
        fleetRequests.withLock { $0.append(request) }
        arrival.signal()
    }

    /// The next request for a fleet's weights, if there is one; to be asked for before any of a stream.
    func nextFleet() -> FleetRequest? {
        fleetRequests.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }

    /// Adds a request; one of the same stream that still waits is replaced. First models, and what goes back to the version before,
    /// come before better ones.
    package func add(_ request: TrainingRequest) {
        requests.withLock { requests in
            requests.removeAll { $0.stream == request.stream }
            if request.isUrgent {
                requests.insert(request, at: requests.firstIndex { !$0.isUrgent } ?? requests.count)
            } else {
                requests.append(request)
            }
        }
        arrival.signal()
    }

    /// The next request of a stream; waits for one at most so long. None comes while weights are to be trained.
    package func next(atMost limit: Duration) async -> TrainingRequest? {
        if let request = removeFirst() { return request }
        await arrival.wait(atMost: limit)
        return removeFirst()
    }

    private func removeFirst() -> TrainingRequest? {
        guard fleetRequests.withLock({ $0.isEmpty }) else { return nil }
        return requests.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
}

extension TrainingRequest {
    /// Whether it comes before others: nothing scores the stream, or nothing good does.
    fileprivate var isUrgent: Bool { reason == .warmUp || reason == .rollback }
}
