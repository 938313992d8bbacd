import RealModule

/// What the members of a fleet have in common in one channel, from which a member's normalizer begins.
package struct FleetChannel: Sendable, Equatable {
    /// How the channel is treated in all members.
    package var role: ChannelRole
    /// The mean of the members' centers.
    package var center: Double
    /// How far members' centers lie apart; infinite where too few are known to say.
    package var centerDeviation: Double
    /// The mean logarithm of the members' spreads, or of their spreads over the size of their centers.
    package var logSpread: Double
    /// Whether ``logSpread`` is over the size of the center: members differ less in that than in their spreads.
    package var isRelative: Bool

    /// So many of a member's own readings count as much as what the fleet says of its spread. Neighboring readings are alike:
    /// that many tell about as much as a few that have nothing to do with each other.
    private static let priorReadings = 256.0
    /// A relative spread needs a center that is not near zero.
    private static let leastCenter = 1e-9
    /// A deviation between members needs this many of them.
    private static let fewestMembers = 3

    /// A channel from its parts.
    package init(role: ChannelRole, center: Double, centerDeviation: Double, logSpread: Double, isRelative: Bool) {
        self.role = role
        self.center = center
        self.centerDeviation = centerDeviation
        self.logSpread = logSpread
        self.isRelative = isRelative
    }

    /// What the profiles of a channel in several members have in common; at least one.
    init(of profiles: [ChannelProfile]) {
        let roles = profiles.map(\.role)
        role = roles.contains(.continuous) ? .continuous : roles.contains(.state) ? .state : .constant
        let centers = profiles.map(\.center)
        center = centers.reduce(0, +) / Double(centers.count)
        centerDeviation = centers.count >= Self.fewestMembers ? Self.deviation(of: centers) : .infinity
        let moving = profiles.filter { $0.role != .constant }
        let absolute = moving.map { Double.log($0.spread) }
        let relative = moving.map { Double.log($0.spread / max(abs($0.center), Self.leastCenter)) }
        isRelative = moving.count >= Self.fewestMembers && Self.deviation(of: relative) < Self.deviation(of: absolute)
        let logs = isRelative ? relative : absolute
        logSpread = logs.isEmpty ? 0 : logs.reduce(0, +) / Double(logs.count)
    }

    private static func deviation(of values: [Double]) -> Double {
        let mean = values.reduce(0, +) / Double(values.count)
        return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, values.count - 1))).squareRoot()
    }

    /// The center and spread of a member of which `readings` values gave its own profile.
    ///
    /// Few readings say little: they lie close together, so their spread is too small, and their mean is as far from that of a
    /// day as the day moves. So both are drawn towards what the fleet says, the center as far as members are alike.
    func scale(own: ChannelProfile, readings: Int) -> (center: Double, spread: Double) {
        switch role {
        case .state: return (0, 1)
        case .constant: return (readings > 0 ? own.center : center, 1)
        case .continuous: break
        }
        guard readings > 0 else { return (center, spread(at: center)) }
        let share = own.role == .constant ? 0 : Double(readings) / (Double(readings) + Self.priorReadings)
        let prior = spread(at: own.center)
        let spread = Double.exp(share * Double.log(own.spread) + (1 - share) * Double.log(prior))
        let own = own.center
        guard centerDeviation.isFinite else { return (own, spread) }
        let between = centerDeviation * centerDeviation
        let within = spread * spread * Self.priorReadings / (Double(readings) + Self.priorReadings)
        return ((own * between + center * within) / (between + within), spread)
    }

    private func spread(at center: Double) -> Double {
        Double.exp(logSpread) * (isRelative ? max(abs(center), Self.leastCenter) : 1)
    }

    /// The profile of a member, of which `readings` values gave its own; `base` is the fleet's on the common scale.
    func memberProfile(own: ChannelProfile, readings: Int, base: ChannelProfile) -> ChannelProfile {
        let (center, spread) = scale(own: own, readings: readings)
        var profile = ChannelProfile(
            role: base.role, center: center + spread * base.center, spread: spread * base.spread, knownValues: [],
            missingShare: base.missingShare)
        switch base.role {
        case .continuous: break
        case .constant: profile.knownValues = base.knownValues.map { center + spread * $0 }
        case .state:
            let more = own.knownValues.filter { value in !base.knows(value) }
            profile.knownValues = (base.knownValues + more).sorted()
        }
        return profile
    }
}
