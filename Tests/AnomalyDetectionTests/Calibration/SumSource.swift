import LinearAlgebra
import RealModule

/// Sums of normal readings as a test draws them: one after the other, alike or not, light or heavy in the tail.
struct SumSource {
    enum Kind: String, CaseIterable {
        case exponential, pareto, studentT, logNormal, autocorrelated, windowMeans

        /// About how many sums tell as much as one that is independent of all others.
        var clusterLength: Double {
            switch self {
            case .exponential, .pareto, .studentT, .logNormal: 1
            // (1 + r) ÷ (1 − r) of the correlation r of neighbors.
            case .autocorrelated: (1 + SumSource.correlation) / (1 - SumSource.correlation)
            case .windowMeans: Double(SumSource.windowLength)
            }
        }

        /// How far, in natural logarithms, the share over a score may lie off because no generalized Pareto distribution with
        /// a shape from 0 to 0.5 is the tail beyond one reading in ten: at a score of 2, 3 and 4.
        var misfit: [Double] {
            switch self {
            case .exponential, .pareto: [0, 0, 0]
            case .studentT, .logNormal, .autocorrelated: [0.1, 0.25, 0.5]
            // Lighter than exponential, which calibrations do not know, so that no score saturates.
            case .windowMeans: [0.1, 0.7, 2.5]
            }
        }
    }

    static let correlation = 0.9
    static let windowLength = 16

    let kind: Kind
    private var random: RandomSource
    private var level = 0.0
    private var window: [Double] = []
    private var next = 0

    init(_ kind: Kind, seed: UInt64) {
        self.kind = kind
        random = RandomSource(seed: seed)
        level = random.normal()
        window = (0..<Self.windowLength).map { _ in
            let value = random.normal()
            return value * value
        }
    }

    mutating func draw() -> Float {
        switch kind {
        case .exponential: return Float(-Double.log(1 - random.uniform()))
        // Generalized Pareto of shape 0.4.
        case .pareto: return Float((Double.pow(1 - random.uniform(), -0.4) - 1) / 0.4)
        // Three degrees of freedom: a tail of shape one third.
        case .studentT:
            let squares = (0..<3).reduce(0.0) { sum, _ in
                let value = random.normal()
                return sum + value * value
            }
            return Float(abs(random.normal()) / (squares / 3).squareRoot())
        case .logNormal: return Float(Double.exp(0.8 * random.normal()))
        case .autocorrelated:
            level = Self.correlation * level + (1 - Self.correlation * Self.correlation).squareRoot() * random.normal()
            return Float(Double.exp(0.5 * level))
        case .windowMeans:
            let value = random.normal()
            window[next] = value * value
            next = (next + 1) % Self.windowLength
            return Float(window.reduce(0, +) / Double(Self.windowLength))
        }
    }

    mutating func sample(_ count: Int) -> [Float] { (0..<count).map { _ in draw() } }
}
