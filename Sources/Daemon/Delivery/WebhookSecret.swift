import Crypto
import Foundation

/// A secret that a receiver shares with Harken, to tell its calls from anybody else's.
///
/// It never shows what it holds, in a log or elsewhere.
package struct WebhookSecret: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// So long a secret is, in bytes (Standard Webhooks, "Signature scheme").
    private static let byteCounts = 24...64
    private static let prefix = "whsec_"

    private let key: [UInt8]

    /// The secret that a text says: base64, with or without `whsec_` before it; nil where it is none, or of a length that the
    /// standard does not allow.
    package init?(_ text: String) {
        let encoded = text.hasPrefix(Self.prefix) ? String(text.dropFirst(Self.prefix.count)) : text
        guard let data = Data(base64Encoded: encoded), Self.byteCounts.contains(data.count) else { return nil }
        key = [UInt8](data)
    }

    package var description: String { "a secret" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// What a call's `webhook-signature` header says: for each secret `v1,` and the base64 of the HMAC-SHA256 of message id,
    /// time and body with dots between them, a space between signatures (Standard Webhooks, "Webhook headers").
    ///
    /// `timestamp` is in seconds since 1970, as in the `webhook-timestamp` header; nil where there is no secret.
    package static func signatures(
        by secrets: [WebhookSecret], id: String, timestamp: Int64, body: String
    ) -> String? {
        guard !secrets.isEmpty else { return nil }
        let content = Data("\(id).\(timestamp).\(body)".utf8)
        return secrets.map { secret in
            let code = HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: secret.key))
            return "v1," + Data(code).base64EncodedString()
        }.joined(separator: " ")
    }
}
