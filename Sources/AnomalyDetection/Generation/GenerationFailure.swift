/// Why a model cannot give synthetic readings.
package enum GenerationFailure: Error, Equatable, CustomStringConvertible {
    /// The model has no network to draw from.
    case nothingRebuilds
    /// The model has no network that foretells the next reading.
    case nothingForetells
    /// There is no reading that could be gone on from.
    case nothingToContinue
    /// Too few of the newest slots have a reading to go on from them: fewer than half.
    case sparseEnd(filledSlots: Int, slots: Int)
    /// A number of bins to choose from was asked of a forecast that is no choice among bins.
    case noBins
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
        case .nothingForetells:
            """
            its model has no network that foretells the next reading; train with rebuild, foresight or memory among \
            detector.evidence
            """
        case .nothingToContinue: "no reading is stored that could be gone on from"
        case .sparseEnd(let filled, let slots):
            """
            only \(filled) of the newest \(slots) slots have a reading, at least half are needed to go on from them; \
            wait until the stream has reported for longer
            """
        case .noBins:
            """
            its model foretells a mean and a deviation, not bins of which the most likely could be taken; leave out \
            top-k, or train with the detector attn
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
