import LinearAlgebra

/// Values for the channels that stay out of windows: constants and switches.
///
/// A constant has its value. A state takes one of its known values, drawn with the probabilities that give the channel's
/// center and spread again; how long it lasts is not among the things that a model learns.
struct StateChannels {
    private struct Choice {
        var channel: Int
        var values: [Double]
        var probabilities: [Double]
    }

    /// The channels that take more than one value.
    let movingChannels: [Int]
    private let choices: [Choice]

    /// The channels of a model that its windows do not hold.
    init(profiles: [ChannelProfile], windowed: [Int]) {
        choices = profiles.indices.filter { !windowed.contains($0) }.map { channel in
            let values = profiles[channel].knownValues
            return Choice(channel: channel, values: values, probabilities: Self.probabilities(of: profiles[channel]))
        }
        movingChannels = choices.filter { $0.values.count > 1 }.map(\.channel)
    }

    /// Writes a value for each of these channels into a reading; NaN where the channel never had one.
    func draw(from source: inout RandomSource, into values: inout [Double]) {
        for choice in choices {
            var rest = source.uniform()
            var value = choice.values.last ?? .nan
            for (candidate, probability) in zip(choice.values, choice.probabilities) {
                rest -= probability
                if rest < 0 {
                    value = candidate
                    break
                }
            }
            values[choice.channel] = value
        }
    }

    /// The probabilities of the known values: those with the profile's mean, and of three values also its variance.
    private static func probabilities(of profile: ChannelProfile) -> [Double] {
        let values = profile.knownValues
        let mean = profile.center
        let weights: [Double]
        switch values.count {
        case 0, 1: weights = values.map { _ in 1 }
        case 2: weights = [values[1] - mean, mean - values[0]]
        default:
            // Of Lagrange's polynomial, which is 1 at one value and 0 at the others, the mean is that value's probability.
            let square = profile.spread * profile.spread + mean * mean
            weights = values.indices.map { index in
                let others = values.indices.filter { $0 != index }.map { values[$0] }
                return (square - mean * (others[0] + others[1]) + others[0] * others[1])
                    / ((values[index] - others[0]) * (values[index] - others[1]))
            }
        }
        let positive = weights.map { max($0, 0) }
        let sum = positive.reduce(0, +)
        return positive.map { sum > 0 ? $0 / sum : 1 / Double(values.count) }
    }
}
