import AnomalyDetection
import Logging

/// Passes on what a decoder rejected: the counts to the ledger, the first of each kind to the log.
struct RejectionReporter {
    /// What the decoder counts in.
    var tally = RejectionTally()
    private let source: String
    private let ledger: IngestLossLedger
    private let logger: Logger
    private var reportedTotal = 0
    private var reported: [RejectionReason: Int] = [:]

    init(source: String, ledger: IngestLossLedger, logger: Logger) {
        self.source = source
        self.ledger = ledger
        var logger = logger
        logger[metadataKey: "input"] = "\(source)"
        self.logger = logger
    }

    /// Passes on what came since the last call; costs next to nothing where nothing did.
    mutating func report() {
        let total = tally.total
        guard total != reportedTotal else { return }
        reportedTotal = total
        var samples: [RejectionReason: String] = [:]
        for first in tally.takeNew() {
            samples[first.rejection.reason] = first.text
            logger.warning(
                """
                Rejected \(first.rejection.reason.rawValue) at byte \(first.rejection.column) of a line: expected \
                \(first.rejection.expected), found: \(first.text) (further ones are counted and not logged)
                """)
        }
        for (reason, count) in tally.countsByReason {
            let news = count - reported[reason, default: 0]
            reported[reason] = count
            ledger.add(news, reason: reason.rawValue, source: source, sample: samples[reason])
        }
    }
}
