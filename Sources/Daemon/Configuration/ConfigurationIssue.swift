/// One thing that is wrong with a configuration, and where.
package struct ConfigurationIssue: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file that was read, as the user named it.
    package var file: String
    /// The line, from 1; nil where the trouble is with the file as a whole.
    package var line: Int?
    /// The column, from 1.
    package var column: Int?
    /// The key with the sections around it, such as `alerts.hold_readings`; empty for the file as a whole.
    package var path: String
    /// What is wrong, what was expected, and what to do.
    package var problem: String

    /// An issue.
    package init(file: String, line: Int? = nil, column: Int? = nil, path: String = "", problem: String) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.problem = problem
    }

    package var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if let line, line > 0, let column { place += ":\(column)" }
        return path.isEmpty ? "\(place): \(problem)" : "\(place): \(path): \(problem)"
    }
}

/// Everything that is wrong with a configuration, in the order of its lines.
package struct ConfigurationFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The issues; never empty.
    package var issues: [ConfigurationIssue]

    /// A failure with at least one issue; they are put in the order of their lines.
    package init(issues: [ConfigurationIssue]) {
        precondition(!issues.isEmpty, "a failure has at least one issue")
        self.issues = issues.sorted { ($0.line ?? 0, $0.column ?? 0) < ($1.line ?? 0, $1.column ?? 0) }
    }

    package var description: String {
        issues.map(\.description).joined(separator: "\n")
    }

    /// The issues as JSON: an object with a list `errors`.
    package var json: String {
        let errors = issues.map { issue in
            ConfigurationValue.mapping([
                .init("file", .text(issue.file)),
                .init("line", issue.line.map { .integer(UInt64($0)) } ?? .null),
                .init("column", issue.column.map { .integer(UInt64($0)) } ?? .null),
                .init("key", .text(issue.path)),
                .init("problem", .text(issue.problem)),
            ])
        }
        return ConfigurationValue.mapping([.init("errors", .list(errors))]).json()
    }
}
