package import AnomalyDetection
package import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The service that reads stdin, or another descriptor, to its end and loses nothing: where the detector is slower
/// than the
/// input, the input waits.
package final class StandardInputIngest: Service {
    /// What the losses and positions of stdin are stored under.
    package static let sourceName = "stdin"

    /// What was read until the input ended or the service was stopped.
    package struct Summary: Sendable, Equatable {
        /// Bytes that were read.
        package var byteCount: Int64 = 0
        /// Readings that were handed on.
        package var readingCount = 0
        /// Lines and fields that were rejected.
        package var rejectionCount = 0
        /// Whether the input has ended, rather than the service been stopped.
        package var hasEnded = false
    }

    /// A stop is noticed within this time while nothing comes in.
    private static let waitMilliseconds: Int32 = 100

    private let source: ByteSource
    private let decoder: ByteStreamDecoder
    private let queue: ReadingQueue
    private let streams: SharedStreamTable
    private let ledger: IngestLossLedger
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let onEnd: @Sendable (Summary) -> Void
    private let isStopping = Atomic(false)

    /// A service over a descriptor, which it does not close.
    ///
    /// - Parameters:
    ///   - decoder: a decoder at the start of the input.
    ///   - now: the wall clock, which stands in for times that lines do not give.
    ///   - onEnd: hears of the end, after the last batch is in the queue and before ``run()`` returns.
    package init(
        descriptor: Int32 = 0, decoder: ByteStreamDecoder, queue: ReadingQueue, streams: SharedStreamTable,
        ledger: IngestLossLedger, now: @escaping @Sendable () -> Timestamp, logger: Logger,
        onEnd: @escaping @Sendable (Summary) -> Void = { _ in }
    ) {
        source = ByteSource(descriptor: descriptor)
        self.decoder = decoder
        self.queue = queue
        self.streams = streams
        self.ledger = ledger
        self.now = now
        self.logger = logger
        self.onEnd = onEnd
    }

    /// Reads to the end of the input; returns early where the service is stopped. Throws where the input cannot be
    /// read.
    ///
    /// Returning means the end of the input: the service group decides whether that is the end of the daemon.
    package func run() async throws {
        let summary = try await withGracefulShutdownHandler {
            try await read()
        } onGracefulShutdown: {
            self.isStopping.store(true, ordering: .relaxed)
        }
        let reason = summary.hasEnded ? "The input has ended" : "Reading the input was stopped"
        logger.info(
            "\(reason) after \(summary.byteCount) bytes: \(summary.readingCount) readings, \(summary.rejectionCount) rejections"
        )
        onEnd(summary)
    }

    private func read() async throws -> Summary {
        var decoder = decoder
        var reporter = RejectionReporter(source: Self.sourceName, ledger: ledger, logger: logger)
        var batch = ReadingBatch()
        var summary = Summary()
        while !Task.isCancelled, !isStopping.load(ordering: .relaxed) {
            // Reading blocks, so it is done on a thread that is there to be blocked.
            let chunk = try await NIOThreadPool.singleton.runIfActive { [source] in
                try source.read(waitingMilliseconds: Self.waitMilliseconds)
            }
            switch chunk {
            case .nothingYet: continue
            case .bytes(let count):
                summary.byteCount += Int64(count)
                decode(count, with: &decoder, into: &batch, rejections: &reporter.tally)
            case .end:
                summary.hasEnded = true
                streams.withTable { table in
                    decoder.finish(receivedAt: now(), into: &batch, streams: &table, rejections: &reporter.tally)
                }
            }
            reporter.report()
            summary.readingCount += batch.count
            summary.rejectionCount = reporter.tally.total
            let position = SourcePosition(source: Self.sourceName, offset: summary.byteCount)
            guard await queue.send(&batch, position: position) else {
                // The queue takes no more, which happens only when the daemon is ended before this service.
                summary.readingCount -= batch.count
                ledger.add(batch.count, reason: "stopped", source: Self.sourceName)
                break
            }
            if summary.hasEnded { break }
        }
        if let failure = decoder.layoutFailure { logger.error("The CSV input cannot be read: \(failure)") }
        return summary
    }

    private func decode(
        _ count: Int, with decoder: inout ByteStreamDecoder, into batch: inout ReadingBatch,
        rejections: inout RejectionTally
    ) {
        source.withBytes(count) { bytes in
            streams.withTable { table in
                decoder.decode(bytes, receivedAt: now(), into: &batch, streams: &table, rejections: &rejections)
            }
        }
    }
}
