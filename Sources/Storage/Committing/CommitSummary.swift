/// What a commit did.
package struct CommitSummary: Sendable, Equatable {
    /// Readings that were stored.
    package var insertedReadings: Int
    /// Readings that were left out because the stream has one with the same time already.
    package var duplicateReadings: Int

    /// A summary.
    package init(insertedReadings: Int, duplicateReadings: Int) {
        self.insertedReadings = insertedReadings
        self.duplicateReadings = duplicateReadings
    }
}
