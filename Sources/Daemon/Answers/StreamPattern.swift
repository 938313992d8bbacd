import AnomalyDetection

/// Tells whether a stream's name matches a pattern of `*`, `?` and `[...]`, as SQLite's GLOB does.
enum StreamPattern {
    /// Whether the name matches. A backslash stands for itself, as in GLOB.
    static func matches(_ name: String, _ pattern: String) -> Bool { GlobPattern(pattern).matches(name) }
}
