import AnomalyDetection
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Storage

/// Posts one message to one receiver and reports how that went; judging it is the policy's part.
struct WebhookCall: Sendable {
    /// So much of an answer is kept for the log and the database.
    private static let keptTextLength = 200
    /// So much of an answer is read, so that a connection can be used again after an answer of ordinary size.
    private static let readByteLimit = 16_384

    let client: HTTPClient
    let receiver: WebhookReceiver

    /// A client that does no more than one call: no redirect is followed, no connection is tried again behind our back.
    static func makeClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10)), decompression: .disabled)
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// Posts a message; `now` is the wall clock's and goes into the `webhook-timestamp` header.
    func post(_ entry: OutboxEntry, at now: Timestamp) async -> DeliveryAttempt {
        var request = HTTPClientRequest(url: receiver.url.text)
        request.method = .POST
        for (name, value) in receiver.headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.headers.replaceOrAdd(name: "content-type", value: "application/json")
        request.headers.replaceOrAdd(name: "user-agent", value: "Harken")
        request.headers.replaceOrAdd(name: "webhook-id", value: entry.webhookID)
        // Each try is signed anew: receivers refuse an old time, lest somebody repeats what he overheard.
        let timestamp = now.nanoseconds / 1_000_000_000
        request.headers.replaceOrAdd(name: "webhook-timestamp", value: String(timestamp))
        if let signatures = WebhookSecret.signatures(
            by: receiver.secrets, id: entry.webhookID, timestamp: timestamp, body: entry.payload)
        {
            request.headers.replaceOrAdd(name: "webhook-signature", value: signatures)
        }
        request.body = .bytes(ByteBuffer(string: entry.payload))
        do {
            let timeout = TimeAmount.nanoseconds(receiver.timeout.wholeNanoseconds)
            let response = try await client.execute(request, timeout: timeout)
            let retryAfter = response.headers.first(name: "retry-after").flatMap { RetryAfter.parse($0, at: now) }
            return .answered(
                status: Int(response.status.code), retryAfter: retryAfter, text: await Self.text(of: response.body))
        } catch {
            return .unanswered(describe(error))
        }
    }

    /// The beginning of an answer as one line. An answer that breaks off has said its status all the same.
    private static func text(of body: HTTPClientResponse.Body) async -> String {
        var read = ByteBuffer()
        do {
            for try await part in body {
                read.writeImmutableBuffer(part)
                if read.readableBytes > readByteLimit { break }
            }
        } catch {
            // The status is what counts, and it is known.
        }
        let line = String(buffer: read).prefix(keptTextLength)
            .map { $0.isNewline || $0.isWhitespace ? " " : String($0) }.joined()
        let printable = line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }
        return String(String.UnicodeScalarView(printable)).split(separator: " ").joined(separator: " ")
    }

    /// Why there was no answer, in a user's words and without the URL's secrets.
    private func describe(_ error: any Error) -> String {
        if let error = error as? NIOConnectionError {
            let cause = error.connectionErrors.first.map { String(describing: $0.error) }
            let lookup = (error.dnsAError ?? error.dnsAAAAError).map { String(describing: $0) }
            return "no connection to \(receiver.url.host): \(cause ?? lookup ?? "the name was not found")"
        }
        switch error as? HTTPClientError {
        case .deadlineExceeded, .readTimeout:
            return "no answer within \(DurationText.format(receiver.timeout))"
        case .remoteConnectionClosed:
            return "the connection was closed before the answer was whole"
        case .connectTimeout:
            return "no connection to \(receiver.url.host) in time"
        default:
            return String(String(describing: error).prefix(Self.keptTextLength))
        }
    }
}
