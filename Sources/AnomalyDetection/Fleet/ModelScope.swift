/// Whether streams of a glob share weights.
package struct ModelScope: Sendable, Equatable {
    /// How far weights are shared.
    package enum Scope: String, Sendable, CaseIterable {
        /// Each stream has its own.
        case stream
        /// Streams with the same channels share them.
        case fleet
    }

    /// The streams, as a glob of `*`, `?` and `[...]`.
    package var streams: String
    /// How far they share weights.
    package var scope: Scope

    /// An entry.
    package init(streams: String, scope: Scope) {
        self.streams = streams
        self.scope = scope
    }
}
