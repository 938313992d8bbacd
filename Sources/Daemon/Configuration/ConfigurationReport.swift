import Yams

/// What comes to light while a configuration is read: issues, and which keys there are.
///
/// The sections share one report, so that one reading finds every issue and not just the first.
final class ConfigurationReport {
    private let file: String
    private(set) var issues: [ConfigurationIssue] = []
    private(set) var keys: [ConfigurationKey] = []
    /// While true, keys are recorded and nothing else: the keys of a list's items exist even where the list is empty.
    private(set) var isDescribing = false

    init(file: String) {
        self.file = file
    }

    func add(_ problem: String, path: String, at mark: Mark?) {
        guard !isDescribing else { return }
        issues.append(
            ConfigurationIssue(file: file, line: mark?.line, column: mark?.column, path: path, problem: problem))
    }

    func addKey(_ path: String, expected: String, defaultValue: ConfigurationValue) {
        guard !keys.contains(where: { $0.path == path }) else { return }
        keys.append(ConfigurationKey(path: path, expected: expected, defaultValue: defaultValue))
    }

    func describing(_ body: () -> Void) {
        isDescribing = true
        body()
        isDescribing = false
    }
}
