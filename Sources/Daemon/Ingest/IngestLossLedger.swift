package import AnomalyDetection
package import Storage

/// Counts what did not become a reading, by input and reason, until the counts are stored.
package final class IngestLossLedger: Sendable {
    private struct Key: Hashable {
        var source: String
        var reason: String
    }

    private struct Tally {
        var count = 0
        var sample: String?
    }

    private let tallies = Locked<[Key: Tally]>([:])

    /// A ledger with nothing in it.
    package init() {}

    /// Adds to a count; of the samples the first since the counts were taken is kept.
    ///
    /// - Parameters:
    ///   - count: lines, datagrams or readings that were lost.
    ///   - reason: the stable name of the reason, such as `bad_timestamp` or `queue_full`.
    ///   - source: the input, such as `stdin` or `udp 127.0.0.1:8089`.
    ///   - sample: what was lost, cut short.
    /// - Returns: whether this is the first loss of its kind since the counts were taken.
    @discardableResult
    package func add(_ count: Int, reason: String, source: String, sample: String? = nil) -> Bool {
        guard count > 0 else { return false }
        return tallies.withLock { tallies in
            let key = Key(source: source, reason: reason)
            let isFirst = tallies[key] == nil
            tallies[key, default: Tally()].count += count
            if let sample, tallies[key]?.sample == nil { tallies[key]?.sample = sample }
            return isFirst
        }
    }

    /// Takes all counts, ordered by input and reason, and begins again from zero; `time` is the wall clock's.
    package func drain(at time: Timestamp) -> [IngestLoss] {
        let taken = tallies.withLock { tallies in
            let taken = tallies
            tallies.removeAll(keepingCapacity: true)
            return taken
        }
        return
            taken
            .map { key, tally in
                IngestLoss(time: time, source: key.source, reason: key.reason, count: tally.count, sample: tally.sample)
            }
            .sorted { ($0.source, $0.reason) < ($1.source, $1.reason) }
    }

    /// Puts counts back that were taken and could not be stored.
    package func putBack(_ losses: [IngestLoss]) {
        for loss in losses { add(loss.count, reason: loss.reason, source: loss.source, sample: loss.sample) }
    }
}
