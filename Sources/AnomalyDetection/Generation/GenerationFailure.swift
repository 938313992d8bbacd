/// Why a model cannot give synthetic readings.
package enum GenerationFailure: Error, Equatable, CustomStringConvertible {
    /// The model has no network to draw from.
    case nothingRebuilds
    /// There is no reading at or before the time at which a window was to end.
    case noReadings(window: String)
    /// Too little of a window was read: fewer than half of its slots.
    case emptyWindow(window: String, filledSlots: Int, slots: Int)

    package var description: String {
        switch self {
        case .nothingRebuilds:
            """
            its model has no network that readings could be drawn from; train with rebuild, foresight or memory among \
            detector.evidence
            """
        case .noReadings(let window):
            "no reading is stored at or before the end of the \(window) window; give a later time"
        case .emptyWindow(let window, let filled, let slots):
            """
            only \(filled) of the \(slots) slots of the \(window) window have a reading, at least half are needed; \
            give a time at which the stream reported
            """
        }
    }
}
