import AnomalyDetection
import Logging
import NIOCore

/// Decodes the datagrams of one socket, on its event loop, and offers the readings of a loop's turn together.
final class UDPDatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    /// A turn's readings are offered in parts of this size, so that the detector can begin.
    private static let batchLimit = 4_096

    private let source: String
    private let datagramByteLimit: Int
    private let queue: ReadingQueue
    private let streams: SharedStreamTable
    private let ledger: IngestLossLedger
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private var decoder: DatagramDecoder
    private var reporter: RejectionReporter
    private var batch = ReadingBatch()
    private var lastReceivedAt = Timestamp(nanoseconds: .min)
    private var hasLoggedFullQueue = false
    private var hasLoggedTruncation = false

    init(
        source: String, datagramByteLimit: Int, decoder: DatagramDecoder, queue: ReadingQueue,
        streams: SharedStreamTable, ledger: IngestLossLedger, now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.source = source
        self.datagramByteLimit = datagramByteLimit
        self.decoder = decoder
        self.queue = queue
        self.streams = streams
        self.ledger = ledger
        self.now = now
        self.logger = logger
        reporter = RejectionReporter(source: source, ledger: ledger, logger: logger)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var datagram = unwrapInboundIn(data).data
        if datagram.readableBytes >= datagramByteLimit { cutTruncated(&datagram) }
        // Two datagrams of one turn must not have one time, or the second one's readings would count as repeated.
        lastReceivedAt = max(now(), lastReceivedAt.advanced(byNanoseconds: 1))
        streams.withTable { table in
            decoder.decode(
                datagram.readableBytesUInt8Span, receivedAt: lastReceivedAt, into: &batch, streams: &table,
                rejections: &reporter.tally)
        }
        if batch.count >= Self.batchLimit { offerBatch() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        offerBatch()
        reporter.report()
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // One datagram that could not be received is no reason to stop listening.
        logger.warning("\(source): receiving failed: \(error)")
    }

    private func offerBatch() {
        guard !queue.offer(&batch) else { return }
        let isFirst = ledger.add(batch.count, reason: "queue_full", source: source)
        if isFirst, !hasLoggedFullQueue {
            hasLoggedFullQueue = true
            logger.warning(
                """
                \(source): \(batch.count) readings dropped because the detector is behind (further ones are counted and not \
                logged); input.queue_readings sets how many may wait
                """)
        }
        batch.removeAll()
    }

    /// A datagram that fills its place may have been longer: its last line is not to be trusted.
    private func cutTruncated(_ datagram: inout ByteBuffer) {
        ledger.add(1, reason: "truncated", source: source)
        if !hasLoggedTruncation {
            hasLoggedTruncation = true
            logger.warning(
                "\(source): a datagram of \(datagramByteLimit) bytes or more was cut; its last line is left out")
        }
        let lastNewline = datagram.readableBytesView.lastIndex(of: UInt8(ascii: "\n"))
        datagram.moveWriterIndex(to: lastNewline.map { $0 + 1 } ?? datagram.readerIndex)
    }
}
