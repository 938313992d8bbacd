import Foundation

/// Finds the secrets with which calls to a receiver are signed.
///
/// The file holds one secret, or one a line while a receiver changes from an old to a new one: each call is then signed with all
/// of them. Empty lines, and lines that begin with `#`, do not count.
package enum WebhookSecrets {
    /// The secrets that are kept there, in the order of the lines, at least one; `environment` is the process's own.
    ///
    /// The error does not show what the file holds.
    package static func read(
        _ location: SecretLocation, environment: [String: String]
    ) throws(WebhookSecretFailure) -> [WebhookSecret] {
        guard let path = location.path(environment: environment) else { throw .noCredentials(location) }
        let content: Data
        do {
            content = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .unreadable(path: path, cause: FileTrouble.describe(error, path: path))
        }
        guard let text = String(data: content, encoding: .utf8) else { throw .notSecret(path: path, line: 1) }
        var secrets: [WebhookSecret] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces.union(.newlines))
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let secret = WebhookSecret(line) else { throw .notSecret(path: path, line: index + 1) }
            secrets.append(secret)
        }
        guard !secrets.isEmpty else { throw .notSecret(path: path, line: 1) }
        return secrets
    }
}

/// Why the secrets of a receiver could not be found.
package enum WebhookSecretFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file cannot be read.
    case unreadable(path: String, cause: String)
    /// A line of the file is no secret; lines count from 1.
    case notSecret(path: String, line: Int)
    /// It is a credential, and the process was not started by systemd.
    case noCredentials(SecretLocation)

    package var description: String {
        switch self {
        case .unreadable(let path, let cause): return "the secret cannot be read from \(path): \(cause)"
        case .notSecret(let path, let line):
            return """
                \(path):\(line): expected a secret of 24 to 64 bytes in base64 after `whsec_`, as the Standard Webhooks \
                have it; `echo "whsec_$(head -c 32 /dev/urandom | base64)"` makes one
                """
        case .noCredentials(let location):
            let name = if case .credential(let name) = location { name } else { "" }
            return """
                the credential `\(name)` cannot be read because $CREDENTIALS_DIRECTORY is not set; systemd sets it for \
                units with LoadCredential=\(name):PATH, and outside systemd `secret_file` takes its place
                """
        }
    }
}
