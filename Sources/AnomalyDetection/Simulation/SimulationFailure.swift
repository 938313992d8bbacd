/// Why a simulation cannot be as it was asked for.
package enum SimulationFailure: Error, Equatable, CustomStringConvertible {
    /// A fault's text is not of the documented form.
    case malformedFault(text: String, problem: String)
    /// A fault names a stream that is not simulated.
    case unknownStream(String, known: String)
    /// A fault names a channel that its stream does not have.
    case unknownChannel(String, stream: String, known: [String])
    /// A two-valued channel cannot have a fault of this shape.
    case unsuitableChannel(String, shape: FaultShape)
    /// A fault has a magnitude that means nothing for its shape, or is out of range.
    case badMagnitude(Double, shape: FaultShape)
    /// A fault begins when the simulation is over.
    case faultAfterEnd(firstRow: Int, rowCount: Int)
    /// More faults were asked for at random than fit with the gaps that keep them apart.
    case tooManyFaults(count: Int, limit: Int)
    /// A layout that has one set of columns was asked for streams of several kinds.
    case mixedColumns

    package var description: String {
        switch self {
        case .malformedFault(let text, let problem):
            """
            fault '\(text)': \(problem); expected KIND@TIME:STREAM.CHANNEL[+DURATION][*MAGNITUDE], \
            such as level_shift@15m:pump-1.pressure+60s*4
            """
        case .unknownStream(let name, let known):
            "there is no stream '\(name)' in this simulation; its streams are \(known)"
        case .unknownChannel(let name, let stream, let known):
            "stream '\(stream)' has no channel '\(name)'; its channels are \(known.joined(separator: ", "))"
        case .unsuitableChannel(let name, let shape):
            "channel '\(name)' is only ever 0 or 1, so a fault '\(shape.rawValue)' means nothing there; use stuck or dropout"
        case .badMagnitude(let magnitude, let shape):
            shape.hasMagnitude
                ? "magnitude \(magnitude) is out of range; a \(shape.rawValue) takes a number from −1000000 to 1000000, not 0"
                : "a fault '\(shape.rawValue)' has no magnitude, but \(magnitude) was given; leave '*\(magnitude)' out"
        case .faultAfterEnd(let firstRow, let rowCount):
            "the fault begins with row \(firstRow + 1), but only \(rowCount) are simulated; simulate longer or move it"
        case .tooManyFaults(let count, let limit):
            """
            \(count) faults do not fit after the learning time, the limit is \(limit) \
            (one for every \(RandomFaultPlacement.slotRowCount) rows of a stream); simulate longer or more streams
            """
        case .mixedColumns:
            "the wide layout has one set of columns, but streams of several kinds were asked for; use long, json or line-protocol"
        }
    }
}
