import RealModule

/// What a version takes for normal in each channel, and as of when: what a candidate is measured against.
package struct BaselineReference: Sendable {
    /// The newest reading that the version was trained on.
    package var time: Timestamp
    /// What it takes for normal.
    package var profiles: [ChannelProfile]

    /// The normal of a version. Nil for a young one, for which normal moves with every hour that it learns of.
    package init?(_ model: StreamModel, trainedThrough time: Timestamp) {
        guard !model.isYoung else { return nil }
        self.time = time
        profiles = model.profiles
    }
}

/// How far a training moves what is normal for a stream's channels.
///
/// A fault that grows slowly enough, or somebody who feeds a detector step by step, is learned as normal by every training that
/// follows, and no score ever tells. So normal may move only so far by itself: with one training, and over ``memory``.
package struct BaselineMove: Sendable, Equatable {
    /// Nanoseconds over which moves add up.
    package static let memory: Int64 = 30 * 86_400 * 1_000_000_000

    /// One channel's move.
    package struct Channel: Sendable, Equatable {
        /// The channel's place in the stream.
        package var channel: Int
        /// Whether the channel's spread moved, rather than its center.
        package var isOfSpread: Bool
        /// What was normal, in the channel's unit.
        package var from: Double
        /// What would be.
        package var to: Double
        /// The spread of the version before.
        package var spread: Double
        /// How far that is: in spreads, or as a share of the spread.
        package var size: Double
    }

    /// Since when.
    package var since: Timestamp
    /// Each channel that moved farther than it may, the farthest first.
    package var channels: [Channel]
    /// How far a channel may move.
    package var limit: Double
    /// How far the farthest channel moved, whether it may or not.
    package var largest: Double

    /// How far the channels of a candidate lie from those of earlier versions; nil where there are none to compare with.
    package init?(to candidate: [ChannelProfile], from references: [BaselineReference], limit: Double) {
        guard let first = references.first else { return nil }
        (since, channels, self.limit, largest) = (first.time, [], limit, 0)
        for (index, profile) in candidate.enumerated() where profile.role == .continuous {
            var farthest: Channel?
            for reference in references where index < reference.profiles.count {
                let before = reference.profiles[index]
                guard before.role == .continuous else { continue }
                for move in Self.moves(of: index, from: before, to: profile)
                where move.size > farthest?.size ?? 0 {
                    farthest = move
                    if move.size > largest { (largest, since) = (move.size, reference.time) }
                }
            }
            if let farthest, farthest.size > limit { channels.append(farthest) }
        }
        channels.sort { ($1.size, $0.channel) < ($0.size, $1.channel) }
    }

    private static func moves(of channel: Int, from old: ChannelProfile, to new: ChannelProfile) -> [Channel] {
        [
            Channel(
                channel: channel, isOfSpread: false, from: old.center, to: new.center, spread: old.spread,
                size: abs(new.center - old.center) / old.spread),
            Channel(
                channel: channel, isOfSpread: true, from: old.spread, to: new.spread, spread: old.spread,
                size: max(new.spread / old.spread, old.spread / new.spread) - 1),
        ]
    }

    /// Whether some channel moved farther than it may.
    package var isBeyond: Bool { !channels.isEmpty }

    /// What is said of the channels in an alert: the band is where normal may lie.
    package func contributions(names: [String]) -> [ChannelContribution] {
        let sum = channels.reduce(0) { $0 + $1.size }
        return channels.map { move in
            let name = move.channel < names.count ? names[move.channel] : "channel \(move.channel + 1)"
            let (lower, upper) =
                move.isOfSpread
                ? (move.from / (1 + limit), move.from * (1 + limit))
                : (move.from - limit * move.spread, move.from + limit * move.spread)
            return ChannelContribution(
                channel: name, share: move.size / sum, actual: move.to, expected: move.from, lower: lower, upper: upper)
        }
    }
}

/// What became of a candidate's normal.
package enum BaselineFinding: Sendable, Equatable {
    /// It moved no farther than it may.
    case within
    /// It moved farther, for which alone the candidate waits.
    case waits(BaselineMove)
}

extension TrainingDecision {
    /// Holds a candidate back whose normal has moved too far from that of earlier versions; nil where that is no question.
    ///
    /// What people called the new normal may move as far as it does, and a young version's normal moves with all that it learns.
    package mutating func judgeBaseline(
        of candidate: StreamModel?, against references: [BaselineReference], reason: TrainingRequest.Reason,
        limit: Double?, names: [String]
    ) -> BaselineFinding? {
        guard let limit, reason != .newNormal, let candidate, !candidate.isYoung,
            let move = BaselineMove(to: candidate.profiles, from: references, limit: limit)
        else { return nil }
        metrics["baseline_move"] = move.largest
        guard move.isBeyond, let first = move.contributions(names: names).first else { return .within }
        guard verdict == .promoted else { return nil }
        verdict = .rejected
        self.reason =
            "waits for somebody to accept it: what is normal for \(first.channel) would move from "
            + "\(rounded(first.expected ?? .nan)) to \(rounded(first.actual ?? .nan)), which is \(rounded(move.largest)) times "
            + "its spread, and retrain.most_drift allows \(rounded(limit))"
        return .waits(move)
    }
}
