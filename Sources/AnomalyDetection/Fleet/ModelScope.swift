/// Whether streams of a glob share weights.
package struct ModelScope: Sendable, Equatable {
    /// How far weights are shared.
    package enum Scope: String, Sendable, CaseIterable {
        /// Each stream has its own.
        case stream
        /// Streams with the same channels share them.
        case fleet
    }

    /// The streams.
    package var streams: GlobPattern
    /// How far they share weights.
    package var scope: Scope

    /// An entry; the streams are a pattern of `*`, `?` and `[...]`.
    package init(streams: String, scope: Scope) {
        self.streams = GlobPattern(streams)
        self.scope = scope
    }
}
