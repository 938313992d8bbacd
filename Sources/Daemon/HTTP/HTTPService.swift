import AnomalyDetection
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle
package import Storage

/// The service that answers HTTP on the address that was configured, loopback as a rule: metrics, and whether Harken is well.
///
/// It reads the database on a connection of its own, so that nothing waits for who asks. It knows no passwords; an address that
/// others reach is for networks in which they may read the names of streams.
package struct HTTPService: Service {
    private let address: NetworkAddress
    private let store: Store
    private let streamLimit: Int
    private let progress: ProgressCounter
    private let logger: Logger
    private let onListening: @Sendable (NetworkAddress) -> Void

    /// A service at an address.
    ///
    /// - Parameters:
    ///   - streamLimit: metrics name at most so many streams, those that lie furthest over their budget.
    ///   - progress: what the detector has done; a detector that does nothing for a while is not well.
    ///   - onListening: hears the address with the port that the system chose.
    package init(
        address: NetworkAddress, store: Store, streamLimit: Int, progress: ProgressCounter, logger: Logger,
        onListening: @escaping @Sendable (NetworkAddress) -> Void = { _ in }
    ) {
        self.address = address
        self.store = store
        self.streamLimit = streamLimit
        self.progress = progress
        self.logger = logger
        self.onListening = onListening
    }

    /// Answers until the service is asked to stop. Throws where the address cannot be listened at.
    package func run() async throws {
        let health = DetectorHealth(progress: progress)
        let router = Router()
        router.get("metrics") { [store, streamLimit] _, _ -> Response in
            let text = MetricsText(try await store.metrics(streamLimit: streamLimit)).text
            return Self.response(.ok, text, type: MetricsText.mediaType)
        }
        router.get("-/healthy") { _, _ -> Response in
            health.isWell(at: .now)
                ? Self.response(.ok, "Harken is healthy.\n")
                : Self.response(.serviceUnavailable, "The detector has done nothing for a while.\n")
        }
        router.get("-/ready") { [store] _, _ -> Response in
            _ = try await store.channelNames(of: .init(0))
            return Self.response(.ok, "Harken is ready.\n")
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: "harken"),
            onServerRunning: { [address, logger, onListening] channel in
                let port = channel.localAddress?.port ?? address.port
                let bound = NetworkAddress(host: address.host, port: port)
                logger.notice("metrics are at http://\(bound)/metrics")
                onListening(bound)
            }, logger: Self.quiet(logger))
        try await application.run()
    }

    private static func response(
        _ status: HTTPResponse.Status, _ text: String, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// The server tells of every start and request; people want neither.
    private static func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}
