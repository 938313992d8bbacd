import RealModule

/// Weights that streams with the same channels share, and what a stream of that kind begins with.
///
/// Shared are the parts, which look at normalized windows and so fit every machine of a kind, the lengths of their windows, the
/// roles of channels, and the calibration that a member begins with. A stream's own are the rhythm, the center and spread of
/// each channel (``FleetChannel``), the level at which its alerts begin, and what its live scores make of the calibration
/// (``LiveCalibration``).
///
/// The parts are fitted to windows of several members, each on its own scale (``FleetPool``). The errors that they are
/// calibrated on come from fits that saw no reading of the same member, so the calibration holds for a stream that the
/// weights have never met. A member's ``StreamModel`` holds parts and calibration by reference to these: 100,000 members
/// store and load one set of weights.
package struct FleetModel: Sendable {
    /// Counts what the fleet's trainings were asked for, from 1.
    package let version: Int
    /// The model of a stream that is already on the common scale.
    package let base: StreamModel
    /// What members have in common in each channel.
    package let channels: [FleetChannel]
    /// The streams that the weights were fitted to.
    package let memberCount: Int
    /// Where the weights are stored; 0 before they are.
    package var id: Int64 = 0

    /// A stream with this many readings joins its fleet, and gets the weights as soon as there are some: as many as the usual window
    /// is long. It is scored from its first whole window on.
    package static let coldStartReadings = 64

    /// A fleet model from its parts.
    package init(version: Int, base: StreamModel, channels: [FleetChannel], memberCount: Int, id: Int64 = 0) {
        self.version = version
        self.base = base
        self.channels = channels
        self.memberCount = memberCount
        self.id = id
    }

    /// The model of a stream of this kind, from what it has shown so far. Readings that are flagged as alerting are left out.
    package func member(of history: TrainingHistory, settings: DetectorSettings) -> StreamModel {
        let clean = history.isAlerting.indices.filter { !history.isAlerting[$0] }
        let profiles = channels.indices.map { channel in
            let column = clean.map { history.values[$0 * history.channelCount + channel] }
            return channels[channel].memberProfile(
                own: ChannelProfile(learnedFrom: column), readings: column.count { $0.isFinite },
                base: base.profiles[channel])
        }
        let cadence =
            settings.interval.map { Cadence(interval: $0, isRegular: true) } ?? Cadence(inferredFrom: history.times)
        return member(
            cadence: cadence, profiles: profiles, readings: clean.count,
            threshold: base.threshold.ofMember(
                readings: clean.count, interval: cadence.interval, fleetInterval: base.cadence.interval,
                calibration: base.calibration))
    }

    /// The model of a member from what is its own; parts and calibration are the fleet's.
    func member(
        cadence: Cadence, profiles: [ChannelProfile], readings: Int, threshold: AlertThreshold
    ) -> StreamModel {
        var parts = base.parts
        for (index, part) in base.parts.enumerated() where part is Novelty {
            // The values that this member is known to take may be more than the fleet's.
            let isUsual = zip(profiles, base.profiles).allSatisfy { own, shared in
                own.role != .state || own.knownValues == shared.knownValues
            }
            if !isUsual, let shared = part as? Novelty { parts[index] = shared.knowing(profiles) }
        }
        return StreamModel(
            memberOf: base, cadence: cadence, profiles: profiles, parts: parts, threshold: threshold,
            trainedReadings: readings,
            fleet: FleetMembership(version: version, modelID: id, memberCount: memberCount, readings: readings))
    }
}

/// That a stream's model has its weights from a fleet.
package struct FleetMembership: Sendable, Equatable {
    /// The version of the fleet's weights.
    package var version: Int
    /// Where the weights are stored; 0 before they are.
    package var modelID: Int64
    /// The streams that the weights were fitted to.
    package var memberCount: Int
    /// The readings of the stream itself that its normalizer comes from.
    package var readings: Int
}

extension Novelty {
    /// The same with the state values that a member's profiles know.
    func knowing(_ profiles: [ChannelProfile]) -> Novelty {
        Novelty(
            channelCount: layout.channels.count,
            knownValues: knownValues.enumerated().map { channel, values in
                values.isEmpty ? [] : profiles[channel].knownValues.map { profiles[channel].normalized($0) }
            },
            tolerances: tolerances, shouldReport: shouldReport)
    }
}

extension AlertThreshold {
    /// A member of which little was seen alerts at this many times the fleet's level with its first readings, less one; the surplus
    /// falls with the root of their number.
    private static let surplus: Float = 0.5

    /// A member's threshold: the fleet's, wider while few of the member's own readings are known, and for its own interval.
    func ofMember(
        readings: Int, interval: Int64, fleetInterval: Int64, calibration: ScoreCalibration
    ) -> AlertThreshold {
        guard var origin else { return self }
        var member = self
        if readings < Self.supportingSample {
            let first = Float(FleetModel.coldStartReadings)
            let factor = 1 + Self.surplus * (first / max(first, Float(readings))).squareRoot()
            origin.agreedSum = sums(calibration).firing * factor
            member.isProvisional = true
        }
        origin.budgetScore -= Float(Double.log10(Double(interval) / Double(fleetInterval)))
        member.origin = origin
        return member.moved(to: calibration, from: calibration)
    }
}
