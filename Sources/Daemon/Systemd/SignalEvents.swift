package import UnixSignals

/// What users ask of a running daemon by signal.
package enum SignalEvent: Sendable, Equatable {
    /// SIGHUP: read the configuration again.
    case reload
    /// SIGUSR1: train candidates now.
    case train
}

/// The requests that come in by SIGHUP and SIGUSR1; it has no end, so iterate it within `cancelOnGracefulShutdown()`.
///
/// Make one only: a signal goes to a single handler. SIGTERM and SIGINT are the service group's.
package struct SignalEvents: AsyncSequence, Sendable {
    private let events: AsyncCompactMapSequence<UnixSignalsSequence, SignalEvent>

    /// Takes the signals over from now on; before, each of them ends the process.
    package init() async {
        events = await UnixSignalsSequence(trapping: .sighup, .sigusr1).compactMap { signal in
            switch signal {
            case .sighup: .reload
            case .sigusr1: .train
            default: nil
            }
        }
    }

    /// An iterator over the requests.
    package func makeAsyncIterator() -> AsyncCompactMapSequence<UnixSignalsSequence, SignalEvent>.Iterator {
        events.makeAsyncIterator()
    }
}
