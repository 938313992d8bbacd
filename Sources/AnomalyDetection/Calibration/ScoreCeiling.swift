import RealModule

/// Where an anomaly score stops being a probability.
///
/// The tail of a few thousand readings says nothing of what is rarer than any history could show. Beyond ``level`` a score says that it
/// is more than any normal reading seen, and rises by one when it is ten times as far beyond, so that the order of readings is kept.
package enum ScoreCeiling {
    /// One reading in a hundred million: three years of readings by the second.
    package static let level = 8.0

    /// The score that is told for −log10 of a probability that the tail gives.
    package static func told(_ score: Double) -> Double {
        score > level ? level + Double.log10(1 + (score - level)) : score
    }

    /// −log10 of the probability by the tail for a score that was told.
    package static func extrapolated(_ score: Double) -> Double {
        score > level ? level + Double.exp10(score - level) - 1 : score
    }
}
