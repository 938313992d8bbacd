/// Why a model cannot give synthetic readings.
package enum GenerationFailure: Error, Equatable, CustomStringConvertible {
    /// The model has neither an autoencoder nor a linear model to draw from.
    case nothingRebuilds
    /// The model's network is an adversarial one: nothing says how its latent variables are spread.
    case adversarial
    /// There is no reading at or before the time at which a window was to end.
    case noReadings(window: String)
    /// Too little of a window was read: fewer than half of its slots.
    case emptyWindow(window: String, filledSlots: Int, slots: Int)

    package var description: String {
        switch self {
        case .nothingRebuilds:
            """
            its model has neither an autoencoder nor a linear model that readings could be drawn from; train with one of them \
            under detector.evidence
            """
        case .adversarial:
            """
            its model's network has two decoders that were trained against each other (detector usad), and readings are \
            drawn from one decoder; train with the detector vae, ae or dae
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
