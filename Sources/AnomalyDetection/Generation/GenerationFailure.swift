import VAE

/// Why a model cannot give synthetic readings.
package enum GenerationFailure: Error, Equatable, CustomStringConvertible {
    /// The model has no autoencoder to draw from; `reason` is what its training said about that, or empty.
    case noAutoencoder(trainedReadings: Int, reason: String)
    /// The model's network is an adversarial one: nothing says how its latent variables are spread.
    case adversarial
    /// There is no reading at or before the time at which a window was to end.
    case noReadings(window: String)
    /// Too little of a window was read: fewer than half of its slots.
    case emptyWindow(window: String, filledSlots: Int, slots: Int)

    package var description: String {
        switch self {
        case .noAutoencoder(let trained, let reason):
            if trained < DetectorSettings.autoencoderReadings {
                """
                its model has no autoencoder yet: it was fitted to \(trained) readings, and an autoencoder needs \
                \(DetectorSettings.autoencoderReadings); the stream gets one with its training at \
                \(DetectorSettings.growthReadings) readings
                """
            } else {
                "its model has no autoencoder" + (reason.isEmpty ? "" : " (\(reason))")
                    + "; the next training may add one"
            }
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

/// What new windows can be drawn from.
struct GenerativeNetwork {
    /// The network, which has a prior over its latent space.
    var network: VariationalAutoencoder
    /// Its windows.
    var layout: WindowLayout
    /// The deviation of normal readings from what the network says, (width).
    var deviations: [Float]
}

extension StreamModel {
    /// The network that new windows can be drawn from.
    func autoencoder() throws(GenerationFailure) -> GenerativeNetwork {
        for part in parts {
            guard let part = part as? Reconstruction else { continue }
            guard let network = part.variational else { throw .adversarial }
            return GenerativeNetwork(network: network, layout: part.layout, deviations: part.deviations)
        }
        throw .noAutoencoder(
            trainedReadings: trainedReadings, reason: choices.first { $0.hasPrefix("autoencoder:") } ?? "")
    }
}
