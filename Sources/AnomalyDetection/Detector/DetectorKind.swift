/// The detectors that can be chosen: the default, and what the field would use in its place.
///
/// All of them share windows, scales, calibration, threshold and explanation, so that they can be compared.
package enum DetectorKind: String, Sendable, CaseIterable {
    /// All evidence; the network is a variational autoencoder with a trained residual path.
    case vae
    /// All evidence; the network is a plain autoencoder: nothing is drawn and nothing pulls the latents together (β = 0).
    case ae
    /// All evidence; the network is a denoising autoencoder: β = 0, and noise on its inputs.
    case dae
    /// All evidence; an autoencoder with two decoders that are trained against each other (USAD) rebuilds in the network's place.
    case usad
    /// How the network rebuilds in closed form, which are probabilistic principal components, and the state of channels alone.
    case pca
    /// What the network foretells in closed form, which is a linear autoregression, and the state of channels alone.
    case ar
    /// What a causal attention forecaster foretells, and the state of channels alone.
    case attn

    /// The kinds of evidence that this detector has.
    package var evidence: Set<EvidenceKind> {
        switch self {
        case .vae, .ae, .dae, .usad: Set(EvidenceKind.allCases)
        case .pca: [.rebuild, .novelty, .stuck]
        case .ar, .attn: [.foresight, .novelty, .stuck]
        }
    }
}
