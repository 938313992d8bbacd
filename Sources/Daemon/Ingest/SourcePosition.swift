/// How far an input has been read; stored in the transaction that stores what was read up to there.
package struct SourcePosition: Sendable, Equatable {
    /// The input, such as `stdin`.
    package var source: String
    /// Bytes that have been read from the beginning of the input; a record may lie across the place.
    package var offset: Int64

    /// A position in an input.
    package init(source: String, offset: Int64) {
        self.source = source
        self.offset = offset
    }
}
