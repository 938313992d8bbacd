/// What an alert that was a false alarm looked like, so that the same does not fire again.
///
/// The same is: the same channels, in the same direction, scoring not much higher and lasting not much longer. Everything beyond
/// that is something else, and fires.
package struct AlertPattern: Sendable, Equatable {
    /// So much of the evidence must lie in the same channels: the shares of one fault differ from reading to reading.
    private static let leastOverlap = 0.6
    /// A score may be this many times as far over the threshold, and by this much more, which stands for a reading ten times as
    /// rare: the same fault meets other noise each time, and high scores are extrapolated.
    private static let scoreFactor = 1.5
    private static let scoreMargin = 1.0
    /// The same for an alert that was judged while it fired, of which nobody knew then how high it would go.
    private static let firingScoreFactor = 3.0
    /// It may last this many times as long.
    private static let durationFactor = 2.0

    private let kind: AlertKind
    private let shares: [String: Double]
    private let leadingRises: Bool?
    private let shape: FaultShape
    private let highestScore: Double
    /// Nanoseconds; nil where the alert was judged while it fired, for nobody knew then how long it would last.
    private let longestDuration: Double?

    /// The pattern of an alert; `wasJudgedFiring` says that it had not ended when it was called a false alarm.
    package init(of alert: Alert, wasJudgedFiring: Bool) {
        kind = alert.kind
        shares = Self.shares(of: alert)
        leadingRises = Self.leadingRises(in: alert)
        shape = alert.shape
        let (peak, threshold) = (ScoreCeiling.extrapolated(alert.peakScore), ScoreCeiling.extrapolated(alert.threshold))
        let factor = wasJudgedFiring ? Self.firingScoreFactor : Self.scoreFactor
        highestScore = ScoreCeiling.told(threshold + Self.scoreMargin + factor * (peak - threshold))
        let end = wasJudgedFiring ? nil : alert.resolvedAt
        longestDuration = end.map { end in
            Self.durationFactor * Double(max(end, alert.firedAt).nanoseconds(since: alert.startedAt))
        }
    }

    /// Whether an alert as it would be told at a time is the same again.
    package func covers(_ alert: Alert, at time: Timestamp) -> Bool {
        guard alert.kind == kind, allows(alert.peakScore, since: alert.startedAt, at: time) else { return false }
        // Shapes that are told from a few readings must agree; the others become clear only while a fault lasts.
        if shape.isUnmistakable || alert.shape.isUnmistakable, alert.shape != .unknown, alert.shape != shape {
            return false
        }
        if let leadingRises, let rises = Self.leadingRises(in: alert), rises != leadingRises {
            return false
        }
        let overlap = Self.shares(of: alert).reduce(0) { $0 + min($1.value, shares[$1.key] ?? 0) }
        return overlap >= Self.leastOverlap
    }

    /// Whether what began as the same is it still with a score at a time. Channels, shape and direction are those of the
    /// beginning: when a fault ends, readings fall back from where they are expected by then.
    package func allows(_ score: Double, since start: Timestamp, at time: Timestamp) -> Bool {
        guard score <= highestScore else { return false }
        return longestDuration.map { Double(time.nanoseconds(since: start)) <= $0 } ?? true
    }

    private static func shares(of alert: Alert) -> [String: Double] {
        Dictionary(alert.contributions.map { ($0.channel, $0.share) }) { first, _ in first }
    }

    /// Whether the leading channel lies above what was expected; nil where that is not known.
    private static func leadingRises(in alert: Alert) -> Bool? {
        guard let leading = alert.contributions.first, let actual = leading.actual, let expected = leading.expected
        else { return nil }
        return actual > expected
    }
}

extension FaultShape {
    /// Whether a few readings tell this shape from every other.
    var isUnmistakable: Bool {
        switch self {
        case .stuck, .dropout, .unitChange, .outOfRange: true
        case .spike, .levelShift, .drift, .noise, .unknown: false
        }
    }
}
