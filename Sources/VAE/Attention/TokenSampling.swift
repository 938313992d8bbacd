package import LinearAlgebra
import RealModule

/// How one of several possibilities is drawn from their logits.
///
/// The steps, in this order: the logits are divided by the temperature, all but the `topK` largest are left out, and of
/// the rest's distribution all but the smallest set of the most likely that has at least the mass `topP` (nucleus
/// sampling; Holtzman et al. 2019). Of equal logits the first counts as the larger.
package struct TokenSampling: Sendable, Equatable {
    /// Why settings make no sense.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        /// The temperature is negative, infinite, or not a number.
        case temperature(Double)
        /// No possibility would be left.
        case topK(Int)
        /// The mass is not over 0 and up to 1.
        case topP(Double)

        package var description: String {
            switch self {
            case .temperature(let value): "a temperature of \(value); it must be a number from 0 on"
            case .topK(let value): "top-k of \(value); it must be 1 or more"
            case .topP(let value): "top-p of \(value); it must be over 0 and at most 1"
            }
        }
    }

    /// What logits are divided by: under 1 the likely becomes likelier, over 1 less so; 0 always takes the most likely.
    package let temperature: Double
    /// The most possibilities that are drawn from; nil for all.
    package let topK: Int?
    /// The mass of the most likely that are drawn from; 1 for all.
    package let topP: Double
    /// Whether nothing is drawn: the most likely possibility is taken.
    package var isGreedy: Bool { temperature == 0 }

    /// The settings; without any, a draw follows the distribution as it is.
    package init(temperature: Double = 1, topK: Int? = nil, topP: Double = 1) throws(Failure) {
        guard temperature >= 0 && temperature.isFinite else { throw .temperature(temperature) }
        if let topK, topK < 1 { throw .topK(topK) }
        guard topP > 0 && topP <= 1 else { throw .topP(topP) }
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
    }

    /// What is drawn from (as many as there are logits): probabilities that add up to 1, 0 for what is left out.
    package func probabilities(from logits: Span<Float>) -> [Double] {
        precondition(!logits.isEmpty, "there is nothing to draw from")
        let order = logits.indices.sorted {
            logits[$0] != logits[$1] ? logits[$0] > logits[$1] : $0 < $1
        }
        var probabilities = [Double](repeating: 0, count: logits.count)
        guard !isGreedy else {
            probabilities[order[0]] = 1
            return probabilities
        }
        let largest = Double(logits[order[0]])
        let candidates = order.prefix(topK ?? order.count)
        let powers = candidates.map { Double.exp((Double(logits[$0]) - largest) / temperature) }
        let wholeMass = topP * powers.reduce(0, +)
        var mass = 0.0
        var keptCount = 0
        while keptCount < powers.count && (keptCount == 0 || mass < wholeMass) {
            mass += powers[keptCount]
            keptCount += 1
        }
        for place in 0..<keptCount { probabilities[candidates[place]] = powers[place] / mass }
        return probabilities
    }

    /// The place of the possibility that is drawn. Takes one number from the source, none at temperature 0.
    package func draw(from logits: Span<Float>, using source: inout RandomSource) -> Int {
        let probabilities = probabilities(from: logits)
        var last = 0
        var rest = isGreedy ? 0 : source.uniform()
        for index in probabilities.indices where probabilities[index] > 0 {
            if rest < probabilities[index] { return index }
            rest -= probabilities[index]
            last = index
        }
        return last
    }
}
