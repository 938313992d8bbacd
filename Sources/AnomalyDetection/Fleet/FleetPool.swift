import RealModule

/// Histories of several members, each on its own scale, one behind the other: what a fleet's weights are fitted to.
///
/// Members follow each other at a distance that no window spans.
struct FleetPool {
    /// The readings, on the common scale where channels are continuous.
    let history: TrainingHistory
    /// For each reading the member that it is of, by its place.
    let members: [Int]
    /// What members have in common in each channel.
    let channels: [FleetChannel]
    /// How many members it has.
    let memberCount: Int

    /// Slots between two members, more than any window or gap that is kept.
    private static let distance = 8 * StreamScoringState.longestGap

    /// Pools histories of one number of channels; at least one. Readings that are flagged as alerting stay flagged and give no scale.
    init(_ histories: [TrainingHistory], settings: DetectorSettings) {
        let channelCount = histories[0].channelCount
        let cadences = histories.map { history in
            settings.interval.map { Cadence(interval: $0, isRegular: true) } ?? Cadence(inferredFrom: history.times)
        }
        let interval = cadences.map(\.interval).sorted()[cadences.count / 2]
        let profiles = histories.map { history in
            (0..<channelCount).map { channel in
                ChannelProfile(
                    learnedFrom: history.column(channel).enumerated().compactMap { reading, value in
                        history.isAlerting[reading] ? nil : value
                    })
            }
        }
        let channels = (0..<channelCount).map { channel in FleetChannel(of: profiles.map { $0[channel] }) }
        var pooled = TrainingHistory(channelCount: channelCount)
        var members: [Int] = []
        var slot = 0
        for (member, history) in histories.enumerated() {
            let scales = (0..<channelCount).map { channel in
                channels[channel].ownScale(profiles[member][channel])
            }
            slot += Self.distance
            for reading in 0..<history.count {
                if reading > 0 {
                    // A gap that ends every window is as long as it has to be.
                    slot += min(
                        cadences[member].slots(from: history.times[reading - 1], to: history.times[reading]),
                        Self.distance)
                }
                pooled.times.append(Timestamp(nanoseconds: Int64(slot) * interval))
                for channel in 0..<channelCount {
                    let value = history.values[reading * channelCount + channel]
                    pooled.values.append((value - scales[channel].center) / scales[channel].spread)
                }
                members.append(member)
            }
            pooled.isAlerting += history.isAlerting
        }
        history = pooled
        self.members = members
        memberCount = histories.count
        self.channels = channels
    }
}

extension FleetChannel {
    /// The center and spread of a member that the weights are fitted to: its own, as it is.
    fileprivate func ownScale(_ own: ChannelProfile) -> (center: Double, spread: Double) {
        switch role {
        case .state: (0, 1)
        case .constant: (own.center, 1)
        case .continuous: (own.center, own.role == .constant ? Double.exp(logSpread) : own.spread)
        }
    }
}
