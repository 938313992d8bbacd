import LinearAlgebra
import RealModule

extension LinearWindowModel {
    /// What the model says of a window's newest slot given the slots before it: a linear function of these, as a ``Forecast`` one
    /// slot ahead is, so that the likelihood of readings to come can be compared. Nil for windows of one slot.
    ///
    /// Latents z have the prior N(0, diag(deviations²)) and cells c the noise N(0, residual²), so with D the directions of the
    /// older cells and N those of the newest the posterior precision is P = diag(deviations⁻²) + D · diag(residual⁻²) · Dᵀ and the
    /// coefficients are Nᵀ · P⁻¹ · D · diag(residual⁻²).
    func forecast() throws(LinearAlgebraFailure) -> Forecast? {
        let channelCount = layout.channels.count
        let (width, kept, older) = (layout.width, dimensionCount, layout.width - channelCount)
        guard older > 0 else { return nil }
        // weighted (kept, older) = D · diag(residual⁻²)
        var weighted = [Double](repeating: 0, count: kept * older)
        for dimension in 0..<kept {
            for cell in 0..<older {
                let residual = Double(residualDeviations[cell])
                weighted[dimension * older + cell] =
                    Double(directions[dimension * width + cell]) / (residual * residual)
            }
        }
        var precision = [Double](repeating: 0, count: kept * kept)
        for first in 0..<kept {
            for second in 0...first {
                var sum = 0.0
                for cell in 0..<older {
                    sum += weighted[first * older + cell] * Double(directions[second * width + cell])
                }
                if first == second { sum += 1 / Double(deviations[first] * deviations[first]) }
                (precision[first * kept + second], precision[second * kept + first]) = (sum, sum)
            }
        }
        // newest (channels, kept) = Nᵀ; solved (channels, kept) = Nᵀ · P⁻¹
        let newest = (0..<channelCount).flatMap { channel in
            (0..<kept).map { Double(directions[$0 * width + older + channel]) }
        }
        let solved = try solvePositiveDefinite(
            precision, dimension: kept, rightHandSides: newest, count: channelCount)
        var (coefficients, constants, deviations): ([Float], [Float], [Float]) = ([], [], [])
        for channel in 0..<channelCount {
            var constant = Double(mean[older + channel])
            for cell in 0..<older {
                var coefficient = 0.0
                for dimension in 0..<kept {
                    coefficient += solved[channel * kept + dimension] * weighted[dimension * older + cell]
                }
                constant -= coefficient * Double(mean[cell])
                coefficients.append(Float(coefficient))
            }
            constants.append(Float(constant))
            var variance = Double(residualDeviations[older + channel] * residualDeviations[older + channel])
            for dimension in 0..<kept {
                variance += solved[channel * kept + dimension] * newest[channel * kept + dimension]
            }
            deviations.append(Float(variance.squareRoot()))
        }
        return Forecast(
            channels: layout.channels, horizon: 1, lagCount: layout.length - 1, weight: weight, scale: 1,
            coefficients: coefficients, constants: constants, deviations: deviations)
    }
}
