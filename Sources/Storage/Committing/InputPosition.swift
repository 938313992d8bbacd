package import AnomalyDetection

/// How far an input has been taken in.
package struct InputPosition: Sendable, Equatable {
    /// The input, such as `stdin`.
    package var source: String
    /// The bytes that are done with.
    package var position: Int64
    /// When that was, by the wall clock.
    package var updatedAt: Timestamp

    /// A position.
    package init(source: String, position: Int64, updatedAt: Timestamp) {
        self.source = source
        self.position = position
        self.updatedAt = updatedAt
    }
}
