package import AnomalyDetection
package import Storage

/// Where everything arrives that the detection service works through, one thing at a time.
///
/// Results of trainings and commands never wait. Readings come one element at a time, so the queue behind them, which
/// has the bound and the counters, stays the only place where readings pile up.
package final class DetectionInbox: Sendable {
    /// Something to work through.
    package enum Event: Sendable {
        /// Readings from an input.
        case readings(ReadingQueue.Element)
        /// A training has ended.
        case trained(TrainingResult)
        /// By the wall clock, it is the turn of one part of the streams.
        case trainingDue(part: Int, of: Int)
        /// Somebody asked for trainings of all streams.
        case trainingAsked(TrainingRequest.Reason)
        /// People have said something; these are all their answers.
        case answers(Answers)
        /// Somebody asked to go back to a model of a stream.
        case rollBack(StreamID, LiveModel)
        /// A commit has ended, well or not.
        case stored
        /// The settings were reloaded.
        case settings(DetectorSettings, NotificationSettings)
        /// No more readings will come.
        case inputEnded
    }

    private struct State {
        var control: [Event] = []
        var element: ReadingQueue.Element?
        var isTaken: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())
    private let arrival = Wakeup()

    /// An empty inbox.
    package init() {}

    /// Leaves something that is not readings; never waits.
    package func post(_ event: Event) {
        state.withLock { $0.control.append(event) }
        arrival.signal()
    }

    /// Leaves readings and waits until they were taken. Only one caller may do so at a time.
    package func deliver(_ element: ReadingQueue.Element) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                precondition(state.element == nil, "only one caller may deliver readings at a time")
                state.element = element
                state.isTaken = continuation
            }
            arrival.signal()
        }
    }

    /// The next event, waiting for it at most so long; nil when none came. Readings are left alone while not accepted.
    package func next(acceptingReadings: Bool, atMost limit: Duration) async -> Event? {
        if let event = take(acceptingReadings: acceptingReadings) { return event }
        await arrival.wait(atMost: limit)
        return take(acceptingReadings: acceptingReadings)
    }

    private func take(acceptingReadings: Bool) -> Event? {
        let (event, continuation) = state.withLock { state -> (Event?, CheckedContinuation<Void, Never>?) in
            if !state.control.isEmpty {
                // Readings that were delivered before the input ended are worked through before its end.
                if case .inputEnded = state.control[0], state.element != nil {
                    if state.control.count > 1 { return (state.control.remove(at: 1), nil) }
                } else {
                    return (state.control.removeFirst(), nil)
                }
            }
            guard acceptingReadings, let element = state.element else { return (nil, nil) }
            state.element = nil
            return (.readings(element), state.isTaken.take())
        }
        continuation?.resume()
        return event
    }
}
