/// The detectors that can be chosen: the default, and what the field would use in its place.
///
/// All of them share windows, scales, calibration, threshold and explanation, so that they can be compared.
package enum DetectorKind: String, Sendable, CaseIterable {
    /// All evidence; the network is a variational autoencoder.
    case vae
    /// All evidence; the network is a plain autoencoder: nothing is drawn and nothing pulls the latents together (β = 0).
    case ae
    /// All evidence; the network is a denoising autoencoder: β = 0, and noise on its inputs.
    case dae
    /// All evidence; the network is an autoencoder with two decoders that are trained against each other (USAD).
    case usad
    /// Principal components of the window and the state of channels alone.
    case pca
    /// Linear autoregression and the state of channels alone.
    case ar

    /// The kinds of evidence that this detector has.
    package var evidence: Set<EvidenceKind> {
        switch self {
        case .vae, .ae, .dae, .usad: Set(EvidenceKind.allCases)
        case .pca: [.linear, .novelty, .stuck]
        case .ar: [.forecast, .novelty, .stuck]
        }
    }
}
