import RealModule

/// How a channel is treated, which follows from the values it took in training.
package enum ChannelRole: UInt8, Sendable, CaseIterable {
    /// Takes part in the window.
    case continuous
    /// Takes at most three distinct values: a switch or a mode. Stays out of the window and feeds *state*.
    case state
    /// Never moved. Stays out of the window and feeds *state*.
    case constant
}

/// What training learned of one channel alone: its role, its center and spread, and the values it may take.
package struct ChannelProfile: Sendable, Equatable {
    /// A normalized value is clipped to this distance from zero, so that one broken reading cannot drown the window.
    package static let clip: Float = 8
    /// A channel with at most this many distinct values is a state.
    package static let stateValueLimit = 3

    /// How the channel is treated.
    package var role: ChannelRole
    /// The center that is subtracted, in the channel's unit.
    package var center: Double
    /// The spread that is divided by, in the channel's unit; never zero.
    package var spread: Double
    /// The distinct values of a state or constant channel, ascending; empty for a continuous one.
    package var knownValues: [Double]
    /// The share of readings in which the channel was missing.
    package var missingShare: Double

    /// A profile from its parts.
    package init(role: ChannelRole, center: Double, spread: Double, knownValues: [Double], missingShare: Double) {
        self.role = role
        self.center = center
        self.spread = spread
        self.knownValues = knownValues
        self.missingShare = missingShare
    }

    /// Learns the profile of a channel from its values, where NaN is missing.
    ///
    /// Center and spread are the mean and the standard deviation of the values pulled in to their 0.1 % and 99.9 %
    /// quantiles: an outlier in the history does not blunt the channel, and a channel that rarely moves keeps a spread.
    package init(learnedFrom values: [Double]) {
        let observed = values.filter { $0.isFinite }.sorted()
        missingShare = values.isEmpty ? 1 : 1 - Double(observed.count) / Double(values.count)
        guard let first = observed.first, let last = observed.last else {
            (role, center, spread, knownValues) = (.constant, 0, 1, [])
            return
        }
        var distinct: [Double] = []
        for value in observed where distinct.last != value {
            distinct.append(value)
            if distinct.count > Self.stateValueLimit { break }
        }
        var (mean, deviation) = Self.moments(
            observed, from: quantile(ofSorted: observed, 0.001), to: quantile(ofSorted: observed, 0.999))
        if deviation <= 1e-9 * (1 + abs(mean)) { (mean, deviation) = Self.moments(observed, from: first, to: last) }
        let isConstant = deviation <= 1e-9 * (1 + abs(mean))
        role = isConstant ? .constant : distinct.count <= Self.stateValueLimit ? .state : .continuous
        center = mean
        spread = isConstant ? 1 : deviation
        knownValues = role == .continuous ? [] : isConstant ? [mean] : distinct
        // Where a rare value of a state lay beyond the clip, it could not be told from any other there.
        let farthest = max(abs(first - mean), abs(last - mean))
        if role == .state, farthest >= Double(Self.clip) * spread { spread = 2 * farthest / Double(Self.clip) }
    }

    /// The mean of values and their deviation from it, at least one; beyond the bounds a value counts as the bound.
    static func moments(
        _ values: [Double], from low: Double = -.infinity, to high: Double = .infinity
    ) -> (Double, Double) {
        var sum = 0.0
        for value in values { sum += min(max(value, low), high) }
        let mean = sum / Double(values.count)
        var squares = 0.0
        for value in values {
            let difference = min(max(value, low), high) - mean
            squares += difference * difference
        }
        return (mean, (squares / Double(values.count)).squareRoot())
    }

    /// The value on the common scale, clipped.
    package func normalized(_ value: Double) -> Float {
        let scaled = Float((value - center) / spread)
        return min(max(scaled, -Self.clip), Self.clip)
    }

    /// A value of the common scale in the channel's unit.
    package func denormalized(_ value: Float) -> Double {
        Double(value) * spread + center
    }

    /// Whether a state or constant channel took this value in training.
    package func knows(_ value: Double) -> Bool {
        knownValues.contains { abs($0 - value) <= 1e-6 * (1 + abs(center)) }
    }
}

/// The value below which this share of the sorted values lies, interpolated linearly between neighbors.
///
/// The values must not be empty.
package func quantile(ofSorted values: [Double], _ share: Double) -> Double {
    precondition(!values.isEmpty, "a quantile needs at least one value")
    let position = min(max(share, 0), 1) * Double(values.count - 1)
    let index = Int(position)
    guard index + 1 < values.count else { return values[values.count - 1] }
    return values[index] + (position - Double(index)) * (values[index + 1] - values[index])
}
