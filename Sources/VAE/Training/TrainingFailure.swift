/// Why windows cannot be trained on.
package enum TrainingFailure: Error, Equatable, CustomStringConvertible {
    /// There is no window to train on once the held-out ones and the gap before them are taken away.
    case noWindows(count: Int, heldOut: Int, gap: Int)
    /// The windows have another number of cells than the network has inputs.
    case wrongWidth(found: Int, expected: Int)
    /// The mask is not of the shape of the windows.
    case wrongMask(rows: Int, columns: Int, expectedRows: Int, expectedColumns: Int)
    /// An observed cell is infinite or not a number.
    case notFinite(window: Int, cell: Int)
    /// An observed reading is infinite or not a number.
    case notFiniteReading(slot: Int, channel: Int)

    package var description: String {
        switch self {
        case .noWindows(let count, let heldOut, let gap):
            "of \(count) windows none is left to train on: \(heldOut) are held out and \(gap) lie between; "
                + "more history or a smaller held-out share is needed"
        case .wrongWidth(let found, let expected):
            "the windows have \(found) cells, the network has \(expected) inputs"
        case .wrongMask(let rows, let columns, let expectedRows, let expectedColumns):
            "the mask is \(rows) × \(columns), the windows are \(expectedRows) × \(expectedColumns)"
        case .notFinite(let window, let cell):
            "cell \(cell) of window \(window) is infinite or not a number; a missing value has to be masked"
        case .notFiniteReading(let slot, let channel):
            "channel \(channel) of slot \(slot) is infinite or not a number; a missing value has to be masked"
        }
    }
}
