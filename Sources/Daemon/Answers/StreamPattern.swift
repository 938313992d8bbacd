import Glibc

/// Tells whether a stream's name matches a pattern of `*`, `?` and `[...]`, as SQLite's GLOB does.
enum StreamPattern {
    /// Whether the name matches. A backslash stands for itself, as in GLOB.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        // SAFETY: both texts are handed over as C strings that live for the length of the call.
        unsafe fnmatch(pattern, name, FNM_NOESCAPE) == 0
    }
}
