/// The form that a fault takes in the readings of its leading channel.
package enum FaultShape: String, Sendable, Codable, CaseIterable {
    case spike
    case levelShift = "level_shift"
    case drift
    case stuck
    case noise
    case dropout
    case unitChange = "unit_change"
    /// A value that a rule says cannot be.
    case outOfRange = "out_of_range"
    case unknown
}

/// What an alert is about.
package enum AlertKind: String, Sendable, Codable, CaseIterable {
    /// Readings are not normal.
    case anomaly
    /// A stream that used to report has fallen silent.
    case noData = "no_data"
    /// What is normal for a stream has moved farther than it may by itself.
    case baselineDrift = "baseline_drift"
}

/// What one channel had to do with an alert, seen at the alert's peak.
package struct ChannelContribution: Sendable, Equatable, Codable {
    /// The channel's name.
    package var channel: String
    /// The channel's share of the evidence; the shares of an alert sum to 1.
    package var share: Double
    /// The value that was read, in the channel's own unit; nil where it was missing.
    package var actual: Double?
    /// The value that the model expected, in the channel's own unit.
    package var expected: Double?
    /// The lower edge of the band in which 99 % of normal values lie around ``expected``.
    package var lower: Double?
    /// The upper edge of that band.
    package var upper: Double?

    /// One channel's part in an alert.
    package init(channel: String, share: Double, actual: Double?, expected: Double?, lower: Double?, upper: Double?) {
        self.channel = channel
        self.share = share
        self.actual = actual
        self.expected = expected
        self.lower = lower
        self.upper = upper
    }
}

/// How much of a window there was.
package struct WindowLoss: Sendable, Equatable {
    /// The readings that the window has room for.
    package var readings: Int
    /// Those that did not come.
    package var missing: Int

    /// So many of so many readings.
    package init(readings: Int, missing: Int) {
        self.readings = readings
        self.missing = missing
    }
}

/// One stretch of readings that are not normal, from its onset to its end.
package struct Alert: Sendable, Equatable {
    /// Unique within a database, in the order of firing, from 1.
    package var id: Int64
    /// The stream that is not normal.
    package var stream: StreamID
    /// What it is about. Silence and a normal that moves have no score, so the scores of such alerts are 0.
    package var kind: AlertKind
    /// The first reading over the threshold.
    package var startedAt: Timestamp
    /// The reading with which the hold duration had passed.
    package var firedAt: Timestamp
    /// The last reading over the clearing threshold, once the alert is resolved.
    package var resolvedAt: Timestamp?
    /// The highest anomaly score so far.
    package var peakScore: Double
    /// When the highest score was.
    package var peakAt: Timestamp
    /// The score that had to be reached to fire.
    package var threshold: Double
    /// Whether that threshold is provisional, because history is too short for the false-alarm budget.
    package var isProvisional: Bool
    /// The model version that gave the peak score.
    package var modelID: Int64
    /// The form of the fault in the leading channel.
    package var shape: FaultShape
    /// What became of the leading channel's unit, where ``shape`` says that it changed and it can be told how.
    package var unitChange: UnitChange?
    /// Every channel's part, the largest share first. Where normal has moved, it is from what is expected there to what is actual,
    /// and the band is where it may lie; it is the channel's center, or its spread where the shape is `noise`.
    package var contributions: [ChannelContribution]
    /// Since when normal has moved; nil for alerts of another kind.
    package var movedSince: Timestamp?
    /// The score below which the alert is over, when it has stayed there long enough; nil where it ends otherwise.
    package var clearingThreshold: Double?
    /// The readings that the longest window at the peak has room for, and those of them that did not come.
    package var window: WindowLoss?
    /// When what it is about is learned as the new normal, should it last so long; nil where it never is.
    package var adaptsAt: Timestamp?

    /// An alert with all that is known of it.
    package init(
        id: Int64, stream: StreamID, kind: AlertKind = .anomaly, startedAt: Timestamp, firedAt: Timestamp,
        resolvedAt: Timestamp? = nil,
        peakScore: Double, peakAt: Timestamp, threshold: Double, isProvisional: Bool, modelID: Int64,
        shape: FaultShape = .unknown, unitChange: UnitChange? = nil, contributions: [ChannelContribution] = [],
        clearingThreshold: Double? = nil, window: WindowLoss? = nil, adaptsAt: Timestamp? = nil
    ) {
        self.id = id
        self.stream = stream
        self.kind = kind
        self.startedAt = startedAt
        self.firedAt = firedAt
        self.resolvedAt = resolvedAt
        self.peakScore = peakScore
        self.peakAt = peakAt
        self.threshold = threshold
        self.isProvisional = isProvisional
        self.modelID = modelID
        self.shape = shape
        self.unitChange = unitChange
        self.contributions = contributions
        self.clearingThreshold = clearingThreshold
        self.window = window
        self.adaptsAt = adaptsAt
    }
}

/// A step in the life of an alert that has to be stored, and told unless it is a mere update.
package struct AlertTransition: Sendable, Equatable {
    /// What happened to the alert.
    package enum Kind: String, Sendable {
        /// It began to fire: stored and told.
        case fired
        /// Its peak rose while it fires: stored only.
        case updated
        /// It ended: stored and told.
        case resolved
    }

    /// What happened.
    package var kind: Kind
    /// The alert as it is after the step.
    package var alert: Alert

    /// A step with the alert as it is afterwards.
    package init(kind: Kind, alert: Alert) {
        self.kind = kind
        self.alert = alert
    }
}
