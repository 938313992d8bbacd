import Foundation
import Yams

extension Configuration {
    /// The file that is read where none is named and this one exists.
    package static let defaultFile = "/etc/harken/harken.yaml"

    /// A configuration with what its reading brought to light.
    package struct Loaded: Sendable {
        /// The configuration.
        package var configuration: Configuration
        /// The same as a tree of keys and values, defaults included.
        package var effective: ConfigurationValue
        /// Every key that exists, in the order of reading.
        package var keys: [ConfigurationKey]
        /// The file that was read; nil where all is default.
        package var file: String?
    }

    /// Reads the named file, or else the default file where there is one, or else gives the defaults.
    ///
    /// Throws every issue that the file has, each with its line.
    package static func load(file: String?) throws(ConfigurationFailure) -> Loaded {
        let path = file ?? defaultFile
        if file == nil, !FileManager.default.fileExists(atPath: path) {
            var loaded = try read(yaml: "", file: path)
            loaded.file = nil
            return loaded
        }
        let content: Data
        do {
            content = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let cause = FileTrouble.describe(error, path: path)
            throw ConfigurationFailure(issues: [.init(file: path, problem: "cannot be read: \(cause)")])
        }
        guard let yaml = String(data: content, encoding: .utf8) else {
            let problem = "is not UTF-8 text; save it with that encoding"
            throw ConfigurationFailure(issues: [.init(file: path, problem: problem)])
        }
        return try read(yaml: yaml, file: path)
    }

    /// Reads a configuration from YAML; `file` is what issues call the place.
    package static func read(yaml: String, file: String) throws(ConfigurationFailure) -> Loaded {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw ConfigurationFailure(issues: [issue(of: error, file: file)])
        }
        let report = ConfigurationReport(file: file)
        var section = ConfigurationSection(root, path: "", keyPath: "", report: report)
        let configuration = Configuration(&section)
        section.finish()
        guard report.issues.isEmpty else { throw ConfigurationFailure(issues: report.issues) }
        return Loaded(
            configuration: configuration, effective: .mapping(section.effective), keys: report.keys, file: file)
    }

    /// Finds every receiver's URL and secrets ahead of time, so that a missing secret shows before the first alert.
    ///
    /// Credentials exist only under systemd and are passed over where `environment` has no `CREDENTIALS_DIRECTORY`.
    package func checkSecrets(environment: [String: String], file: String) throws(ConfigurationFailure) {
        var issues: [ConfigurationIssue] = []
        for webhook in webhooks {
            let path = "webhook `\(webhook.name)`"
            do throws(WebhookAddressFailure) {
                _ = try webhook.address.resolve(environment: environment)
            } catch .noCredentials {
                // Under systemd it will be there.
            } catch {
                issues.append(.init(file: file, path: path, problem: error.description))
            }
            do throws(WebhookSecretFailure) {
                if let secret = webhook.secret { _ = try WebhookSecrets.read(secret, environment: environment) }
            } catch .noCredentials {
                // Under systemd it will be there.
            } catch {
                issues.append(.init(file: file, path: path, problem: error.description))
            }
        }
        guard issues.isEmpty else { throw ConfigurationFailure(issues: issues) }
    }

    /// What YAML itself finds wrong, as an issue.
    private static func issue(of error: any Error, file: String) -> ConfigurationIssue {
        guard let error = error as? YamlError else {
            return ConfigurationIssue(file: file, problem: "is not YAML: \(error)")
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let around = context.map { " (\($0.text) in line \($0.mark.line))" } ?? ""
            return ConfigurationIssue(
                file: file, line: mark.line, column: mark.column, problem: "is not YAML: \(problem)\(around)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "`\($0)`" }.joined(separator: ", ")
            return ConfigurationIssue(
                file: file, line: context.mark.line, column: context.mark.column,
                problem: "\(names) stands twice in the section that begins here; leave one out")
        case .reader(let problem, _, _, _):
            return ConfigurationIssue(file: file, problem: "is not YAML: \(problem)")
        default:
            return ConfigurationIssue(file: file, problem: "is not YAML: \(error)")
        }
    }
}
