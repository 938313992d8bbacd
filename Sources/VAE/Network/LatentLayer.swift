import LinearAlgebra

/// The latent variables: drawn as z = μ + σ · ε from the encoder's mean and log-variance, and their divergence from the
/// prior (Kingma and Welling 2013, section 2.4 and appendix B).
enum LatentLayer {
    /// The encoder's log-variance is brought into this range, so that neither σ nor its inverse runs away.
    static let logVarianceRange: ClosedRange<Float> = -8...4

    /// Writes σ and z, and gives the divergence KL(q(z|x) ‖ N(0, 1)), summed over the rows; all are (rows, latent).
    static func forward(
        mean: [Float], logVariance: [Float], epsilon: [Float], count: Int, deviation: inout [Float],
        latent: inout [Float]
    ) -> Double {
        for index in 0..<count { deviation[index] = 0.5 * clamped(logVariance[index]) }
        var allRows = deviation.mutableSpan
        var rows = allRows._mutatingExtracting(0..<count)
        replaceByExp(&rows)
        var divergence = 0.0
        for index in 0..<count {
            let (mu, sigma) = (mean[index], deviation[index])
            latent[index] = mu + sigma * epsilon[index]
            divergence += Double(0.5 * (mu * mu + sigma * sigma - 1 - clamped(logVariance[index])))
        }
        return divergence
    }

    /// The gradients of μ and log σ² of `scale` · (loss + β · divergence), given `dLatent`, the loss's gradient of z.
    static func backward(
        dLatent: [Float], mean: [Float], logVariance: [Float], deviation: [Float], epsilon: [Float], count: Int,
        beta: Float, scale: Float, dMean: inout [Float], dLogVariance: inout [Float]
    ) {
        let weight = beta * scale
        for index in 0..<count {
            let (dz, sigma) = (dLatent[index], deviation[index])
            dMean[index] = dz + weight * mean[index]
            let isClamped = !logVarianceRange.contains(logVariance[index])
            dLogVariance[index] =
                isClamped ? 0 : 0.5 * (dz * epsilon[index] * sigma + weight * (sigma * sigma - 1))
        }
    }

    private static func clamped(_ value: Float) -> Float {
        // Comparisons, so that NaN stays NaN and shows in the loss.
        value < logVarianceRange.lowerBound
            ? logVarianceRange.lowerBound : value > logVarianceRange.upperBound ? logVarianceRange.upperBound : value
    }
}
