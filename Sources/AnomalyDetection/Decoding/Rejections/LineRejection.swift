/// Why one line, record or field was not taken, and where.
package struct LineRejection: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kind of fault.
    package var reason: RejectionReason
    /// The byte of the line, from zero, at which it was seen.
    package var column: Int
    /// What should have stood there.
    package var expected: String

    /// A fault of this kind at this byte of the line. `expected` is a literal, so that a rejection does not allocate.
    package init(_ reason: RejectionReason, at column: Int, expected: String) {
        self.reason = reason
        self.column = column
        self.expected = expected
    }

    package var description: String {
        "\(reason.rawValue) at byte \(column): expected \(expected)"
    }
}
