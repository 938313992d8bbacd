import Foundation

/// Where a secret is kept, so that it does not stand in the configuration.
package enum SecretLocation: Sendable, Equatable {
    /// It is the content of a file.
    case file(String)
    /// It is the content of a systemd credential, a file of this name in `$CREDENTIALS_DIRECTORY`.
    case credential(String)

    /// The path of the file that holds it; `environment` is the process's own. Nil where there are no credentials, because the
    /// process was not started by systemd.
    func path(environment: [String: String]) -> String? {
        switch self {
        case .file(let path): return path
        case .credential(let name):
            guard let directory = environment["CREDENTIALS_DIRECTORY"], !directory.isEmpty else { return nil }
            return "\(directory)/\(name)"
        }
    }
}
