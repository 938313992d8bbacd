import Foundation

/// The URL of a receiver, checked as far as its text goes.
package struct WebhookURL: Sendable, Equatable {
    /// The URL as it was written.
    package let text: String
    /// The host, with its port where one is written; all of the URL that logs may show, as the rest is often a secret.
    package let host: String

    /// The URL that a text says, or nil where it has no `http` or `https` scheme or no host.
    package init?(_ text: String) {
        guard !text.contains(where: { $0.isWhitespace || !$0.isASCII }), let components = URLComponents(string: text),
            let scheme = components.scheme, scheme == "http" || scheme == "https",
            let host = components.host, !host.isEmpty, components.fragment == nil
        else { return nil }
        guard components.port.map({ (1...65_535).contains($0) }) ?? true else { return nil }
        self.text = text
        self.host = components.port.map { "\(host):\($0)" } ?? host
    }
}

/// Where the URL of a receiver comes from.
package enum WebhookAddress: Sendable, Equatable {
    /// It stands in the configuration.
    case url(WebhookURL)
    /// It is the content of a file, so that the configuration holds no secret.
    case file(String)
    /// It is the content of a systemd credential, a file of this name in `$CREDENTIALS_DIRECTORY`.
    case credential(String)

    /// What the receiver is called where the user gave it no name; none of it is secret.
    package var defaultName: String {
        switch self {
        case .url(let url): url.host
        case .file(let path): String(path.split(separator: "/").last ?? "webhook")
        case .credential(let name): name
        }
    }

    /// Finds the URL; `environment` is the process's own.
    ///
    /// The error does not show what a file holds.
    package func resolve(environment: [String: String]) throws(WebhookAddressFailure) -> WebhookURL {
        switch self {
        case .url(let url): return url
        case .file(let path): return try Self.read(path)
        case .credential(let name):
            guard let path = SecretLocation.credential(name).path(environment: environment) else {
                throw .noCredentials(name: name)
            }
            return try Self.read(path)
        }
    }

    private static func read(_ path: String) throws(WebhookAddressFailure) -> WebhookURL {
        let content: Data
        do {
            content = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .unreadable(path: path, cause: FileTrouble.describe(error, path: path))
        }
        guard let text = String(data: content, encoding: .utf8),
            let url = WebhookURL(text.trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw .notURL(path: path) }
        return url
    }
}

/// Why the URL of a receiver could not be found.
package enum WebhookAddressFailure: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(path: String, cause: String)
    case notURL(path: String)
    case noCredentials(name: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let cause): "the URL cannot be read from \(path): \(cause)"
        case .notURL(let path):
            "\(path) does not hold a URL; expected one line that begins with http:// or https:// and has a host"
        case .noCredentials(let name):
            """
            the credential `\(name)` cannot be read because $CREDENTIALS_DIRECTORY is not set; systemd sets it for units \
            with LoadCredential=\(name):PATH, and outside systemd `url_file` takes its place
            """
        }
    }
}
