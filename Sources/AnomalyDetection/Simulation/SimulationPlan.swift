/// What a ``Simulator`` simulates: which streams, when, how many rows, and what goes wrong.
///
/// A row is one reading of every stream at one moment of the common grid.
package struct SimulationPlan: Sendable, Equatable {
    /// The kind of each stream.
    package let kinds: [MachineKind]
    /// The names of the streams, such as `pump-1`: the kind and the stream's number, counted from 1 over all kinds.
    package let streamNames: [String]
    /// The time of the first row.
    package let start: Timestamp
    /// Nanoseconds between rows.
    package let intervalNanoseconds: Int64
    /// The number of rows.
    package let rowCount: Int
    /// The injected faults, in the order in which they were added.
    package private(set) var faults: [SimulatedFault] = []

    /// A plan without faults.
    ///
    /// - Parameters:
    ///   - kinds: The kinds of machine; they take turns, stream by stream. At least one.
    ///   - streamCount: The number of streams, at least 1.
    ///   - start: The time of the first row.
    ///   - intervalNanoseconds: The time between rows, more than 0.
    ///   - rowCount: The number of rows, 0 or more.
    package init(
        kinds: [MachineKind], streamCount: Int, start: Timestamp, intervalNanoseconds: Int64, rowCount: Int
    ) {
        precondition(!kinds.isEmpty && streamCount > 0 && intervalNanoseconds > 0 && rowCount >= 0)
        self.kinds = (0..<streamCount).map { kinds[$0 % kinds.count] }
        streamNames = self.kinds.enumerated().map { "\($1.rawValue)-\($0 + 1)" }
        self.start = start
        self.intervalNanoseconds = intervalNanoseconds
        self.rowCount = rowCount
    }

    /// The number of streams.
    package var streamCount: Int { kinds.count }

    /// The channels of a stream, in their fixed order.
    package func channels(of stream: Int) -> [SimulatedChannel] { kinds[stream].channels }

    /// The kind of all streams, or nil where there are several.
    package var commonKind: MachineKind? {
        kinds.allSatisfy { $0 == kinds[0] } ? kinds[0] : nil
    }

    /// The time of a row, which may lie behind the last. Saturates.
    package func time(of row: Int) -> Timestamp {
        let (offset, overflow) = intervalNanoseconds.multipliedReportingOverflow(by: Int64(row))
        return start.advanced(byNanoseconds: overflow ? .max : offset)
    }

    /// Adds a fault.
    ///
    /// Rows behind the last one are cut off. Faults may overlap; then they act one after the other in the order in which
    /// they were added.
    package mutating func inject(_ fault: SimulatedFault) throws(SimulationFailure) {
        let channel = channels(of: fault.stream)[fault.channel]
        if channel.isTwoValued && fault.shape != .stuck && fault.shape != .dropout {
            throw .unsuitableChannel(channel.name, shape: fault.shape)
        }
        if let magnitude = fault.magnitude {
            guard fault.shape.hasMagnitude, magnitude != 0, abs(magnitude) <= 1e6 else {
                throw .badMagnitude(magnitude, shape: fault.shape)
            }
        }
        guard fault.rows.lowerBound < rowCount else {
            throw .faultAfterEnd(firstRow: fault.rows.lowerBound, rowCount: rowCount)
        }
        var fault = fault
        fault.rows = fault.rows.clamped(to: 0..<rowCount)
        faults.append(fault)
    }
}
