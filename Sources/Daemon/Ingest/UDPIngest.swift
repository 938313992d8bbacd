package import AnomalyDetection
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// The service that receives datagrams at several addresses; it never waits, and counts what is lost.
///
/// Lost are datagrams that the kernel drops because its buffer is full (`kernel_drop`), readings for which the queue
/// has no
/// room (`queue_full`), and the ends of datagrams that are too long (`truncated`).
package final class UDPIngest: Service {
    /// How datagrams are received.
    package struct Options: Sendable {
        /// The receive buffer that is asked for; the kernel grants what `net.core.rmem_max` allows.
        package var receiveBufferByteCount = 32 * 1_024 * 1_024
        /// Room for one datagram, a power of two. By default more than UDP can carry.
        package var datagramByteLimit = 65_536
        /// How often the kernel is asked what it dropped.
        package var dropCheckInterval = Duration.seconds(1)
        /// How long datagrams that have arrived are still read after the service was asked to stop.
        package var drainLimit = Duration.seconds(1)

        /// The usual way.
        package init() {}
    }

    /// So many datagrams are read by one call of the kernel.
    private static let datagramsPerCall = 32

    private let addresses: [NetworkAddress]
    private let decoder: DatagramDecoder
    private let queue: ReadingQueue
    private let streams: SharedStreamTable
    private let ledger: IngestLossLedger
    private let options: Options
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let onListening: @Sendable ([NetworkAddress]) -> Void

    /// A service for these addresses.
    ///
    /// - Parameters:
    ///   - decoder: the decoder that each socket gets a copy of.
    ///   - now: the wall clock, which stands in for times that lines do not give.
    ///   - onListening: hears the addresses, with the ports that the system chose, once datagrams are received at all
    /// of them.
    package init(
        addresses: [NetworkAddress], decoder: DatagramDecoder = DatagramDecoder(), queue: ReadingQueue,
        streams: SharedStreamTable, ledger: IngestLossLedger, options: Options = Options(),
        now: @escaping @Sendable () -> Timestamp, logger: Logger,
        onListening: @escaping @Sendable ([NetworkAddress]) -> Void = { _ in }
    ) {
        precondition(
            options.datagramByteLimit.nonzeroBitCount == 1,
            "room for \(options.datagramByteLimit) bytes is no power of two")
        self.addresses = addresses
        self.decoder = decoder
        self.queue = queue
        self.streams = streams
        self.ledger = ledger
        self.options = options
        self.now = now
        self.logger = logger
        self.onListening = onListening
    }

    /// Receives until the service is asked to stop. Throws ``UDPIngestFailure`` where an address cannot be listened at.
    package func run() async throws {
        var sockets: [Socket] = []
        do {
            for address in addresses { sockets.append(try await listen(at: address)) }
            onListening(sockets.map(\.address))
            await watch(&sockets)
            await drain(sockets)
        } catch {
            for socket in sockets { try? await socket.channel.close() }
            throw error
        }
        for index in sockets.indices { await countDrops(of: &sockets[index]) }
        for socket in sockets { try? await socket.channel.close() }
    }

    /// A socket that is listened at.
    private struct Socket: Sendable {
        var channel: any Channel
        var address: NetworkAddress
        var source: String
        var dropCount: UInt32 = 0
    }

    private func listen(at address: NetworkAddress) async throws(UDPIngestFailure) -> Socket {
        let slots = Self.datagramsPerCall
        let source = "udp \(address)"
        let bootstrap = DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: options.receiveBufferByteCount)
            .channelOption(.datagramVectorReadMessageCount, value: slots)
            .channelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: slots * options.datagramByteLimit)
            )
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = UDPDatagramHandler(
                        source: source, datagramByteLimit: options.datagramByteLimit, decoder: decoder, queue: queue,
                        streams: streams, ledger: ledger, now: now, logger: logger)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        do {
            let channel = try await bootstrap.bind(host: address.host, port: address.port).get()
            let port = channel.localAddress?.port ?? address.port
            let memory = try await UDPSocketMemory.read(of: channel).get()
            logger.info(
                """
                Listening at udp \(address.host) port \(port) with a receive buffer of \(memory.receiveBufferByteCount) bytes \
                (net.core.rmem_max limits it)
                """)
            return Socket(channel: channel, address: NetworkAddress(host: address.host, port: port), source: source)
        } catch {
            throw .cannotListen(address: address, cause: String(describing: error))
        }
    }

    /// Asks from time to time what the kernel dropped, until the service is to stop.
    private func watch(_ sockets: inout [Socket]) async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            // The sleep is cut short by the shutdown, which the loop then sees.
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: self.options.dropCheckInterval) }
            for index in sockets.indices { await countDrops(of: &sockets[index]) }
        }
    }

    private func countDrops(of socket: inout Socket) async {
        // A socket that cannot be asked any more has nothing to say.
        guard let memory = try? await UDPSocketMemory.read(of: socket.channel).get() else { return }
        let news = memory.dropCount &- socket.dropCount
        guard news > 0 else { return }
        if socket.dropCount == 0 {
            logger.warning(
                """
                \(socket.source): the kernel dropped \(news) datagrams because its buffer was full (further ones are counted \
                and not logged); a larger net.core.rmem_max helps against bursts
                """)
        }
        socket.dropCount = memory.dropCount
        ledger.add(Int(news), reason: "kernel_drop", source: socket.source)
    }

    /// Waits until what has arrived is read, or the limit has passed.
    private func drain(_ sockets: [Socket]) async {
        let deadline = ContinuousClock.now + options.drainLimit
        for socket in sockets {
            while ContinuousClock.now < deadline, !Task.isCancelled,
                let memory = try? await UDPSocketMemory.read(of: socket.channel).get(), memory.waitingByteCount > 0
            {
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
    }
}
