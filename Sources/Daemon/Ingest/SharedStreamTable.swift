package import AnomalyDetection

/// The one stream table of the daemon, which every input writes new names into and the detector reads.
package final class SharedStreamTable: Sendable {
    private let table: Locked<StreamTable>

    /// Takes over a table, such as one restored from the database.
    package init(_ table: consuming StreamTable) {
        self.table = Locked(table)
    }

    /// Lends the table to one caller at a time; decode a whole datagram or chunk under one loan, and never wait in it.
    package func withTable<Result: Sendable, Failure: Error>(
        _ body: (inout StreamTable) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try table.withLock { table throws(Failure) in try body(&table) }
    }
}
