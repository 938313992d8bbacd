import Daemon
import Foundation
import NIOCore
import NIOPosix
import Testing

/// An HTTP server on loopback that keeps what it is sent and answers, or fails to, as a script says.
///
/// It speaks raw bytes, so that it can also break the protocol.
final class FaultyReceiver: Sendable {
    /// A call that came in whole.
    struct Call: Sendable {
        var path: String
        var headers: [String: String]
        var body: String

        var isResolved: Bool { body.contains("\"status\":\"resolved\"") }
        var id: String { headers["webhook-id"] ?? "" }
    }

    enum Reply: Sendable {
        case status(Int, headers: [String: String] = [:], body: String = "")
        /// The connection is reset.
        case reset
        /// Nothing is answered, ever.
        case silence
        /// The connection is closed within the status line.
        case halfHead
        /// A good status, and then less of a body than was promised.
        case halfBody(Int)
        case after(Duration, status: Int)
    }

    private let channel: any Channel
    private let received: Received
    /// Where it listens.
    let port: Int

    /// A server whose `script` gives the reply to a call; the number counts calls from 0.
    init(port: Int = 0, script: @escaping @Sendable (Int, Call) -> Reply) async throws {
        let received = Received()
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Connection(received: received, script: script))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        self.port = channel.localAddress?.port ?? 0
        self.received = received
    }

    /// The calls so far, in the order in which they came in.
    var calls: [Call] { received.calls.withLock { $0 } }

    func close() async throws {
        try await channel.close()
    }

    fileprivate final class Received: Sendable {
        let calls = Locked<[Call]>([])

        func add(_ call: Call) -> Int {
            calls.withLock { calls in
                calls.append(call)
                return calls.count - 1
            }
        }
    }

    private final class Connection: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let received: Received
        private let script: @Sendable (Int, Call) -> Reply
        private var text = ""

        init(received: Received, script: @escaping @Sendable (Int, Call) -> Reply) {
            self.received = received
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard let call = takeCall() else { return }
            reply(script(received.add(call), call), context: context)
        }

        /// The call, once all of it is there.
        private func takeCall() -> Call? {
            guard let end = text.range(of: "\r\n\r\n") else { return nil }
            let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                guard parts.count == 2 else { continue }
                headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
            }
            let length = headers["content-length"].flatMap { Int($0) } ?? 0
            let body = text[end.upperBound...]
            guard body.utf8.count >= length else { return nil }
            text = ""
            let path = lines[0].split(separator: " ").dropFirst().first.map(String.init) ?? ""
            return Call(path: path, headers: headers, body: String(body))
        }

        private func reply(_ reply: Reply, context: ChannelHandlerContext) {
            switch reply {
            case .status(let status, let headers, let body):
                write(head(status, headers: headers, length: body.utf8.count) + body, context: context)
            case .silence:
                break
            case .reset:
                let loop = NIOLoopBound(context, eventLoop: context.eventLoop)
                (context.channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                    .whenComplete { _ in loop.value.close(promise: nil) }
            case .halfHead:
                writeAndClose("HTTP/1.1 20", context: context)
            case .halfBody(let status):
                writeAndClose(head(status, headers: [:], length: 100) + "abc", context: context)
            case .after(let delay, let status):
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.scheduleTask(in: .init(delay)) {
                    let (handler, context) = bound.value
                    handler.write(handler.head(status, headers: [:], length: 0), context: context)
                }
            }
        }

        private func head(_ status: Int, headers: [String: String], length: Int) -> String {
            let extra = headers.map { "\($0): \($1)\r\n" }.joined()
            return "HTTP/1.1 \(status) Whatever\r\n\(extra)content-length: \(length)\r\n\r\n"
        }

        private func write(_ text: String, context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }

        private func writeAndClose(_ text: String, context: ChannelHandlerContext) {
            let loop = NIOLoopBound(context, eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)))
                .whenComplete { _ in loop.value.close(promise: nil) }
        }
    }
}

/// Waits until a condition holds. The limit only keeps a failing test from running for ever.
func eventually(
    _ what: Comment, limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(what, sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}
