import VAE

/// Decides whether a fleet's new weights may take over: some members compare them as each of them would use them.
///
/// They are refused where more members object than not, and a fleet's first ones also where they forecast streams that were held
/// out worse than nothing does. A member for which they are worse keeps what it has either way (``MemberTrainer``).
struct FleetGate {
    /// So many members are asked.
    private static let judgeLimit = 16

    /// The new weights.
    let candidate: FleetModel
    /// The readings of each member.
    let histories: [TrainingHistory]
    /// How many of the newest of them were kept from the weights, by member.
    let tails: [Int]
    /// Decides where and how faults are injected.
    let seed: UInt64
    /// The detector's settings.
    let settings: DetectorSettings

    /// What the members say.
    struct Answer {
        /// Whether the weights take over.
        var isAccepted: Bool
        /// Why, with an objection in its own words where there is one.
        var reason: String
        /// The numbers by name: `judges` were asked, `objections` of them are against it, and the others are means of theirs.
        var numbers: [String: Double]
    }

    /// Asks members whether a fleet's first weights beat no model, as a stream's first model has to; `heldOut` is how members
    /// are forecast by fits to the others.
    ///
    /// Nothing is held out for it, for the sake of fleets that are young.
    func decideFirst(heldOut: HeldOutForecast?) -> Answer {
        var answer = ask(histories.indices, for: "better than no model") { judge in
            let finding = PromotionGate.examine(
                first: candidate.member(of: histories[judge], settings: settings), history: histories[judge],
                seed: seed, settings: settings)
            return (finding.objection, finding.numbers.filter { $0.value.isFinite })
        }
        guard let heldOut else { return answer }
        answer.numbers.merge(heldOut.numbers) { own, _ in own }
        if let objection = PromotionGate.objection(to: heldOut) {
            answer.isAccepted = false
            answer.reason =
                "no better than no model on \(candidate.memberCount == 1 ? "readings" : "streams") that were held out: "
                + "it \(objection)"
        }
        return answer
    }

    /// Asks members whether the weights are better than the live ones and no worse than simpler detectors, fitted to the
    /// same streams. At least one member has a tail.
    func decide(against live: FleetModel, baselines: [PromotionGate.Baseline]) -> Answer {
        let judges = histories.indices.filter { tails[$0] > 0 }
        return ask(judges, for: "better than the live weights") { judge in
            let head = histories[judge][0..<(histories[judge].count - tails[judge])]
            let opponents = baselines.map { baseline in
                PromotionGate.Baseline(
                    kind: baseline.kind,
                    model: candidate.with(base: baseline.model).member(of: head, settings: settings))
            }
            let decision = PromotionGate.decide(
                candidate: candidate.member(of: head, settings: settings),
                live: live.member(of: head, settings: settings), baselines: opponents, history: histories[judge],
                tailStart: head.count, seed: seed, settings: settings)
            return (decision.verdict == .promoted ? nil : decision.reason, decision.metrics)
        }
    }

    /// Asks some members, each for its objection and its numbers.
    private func ask(
        _ members: some RandomAccessCollection<Int>, for merit: String,
        _ examine: (Int) -> (objection: String?, numbers: [String: Double])
    ) -> Answer {
        let judges = Array(members).evenlySpaced(limit: Self.judgeLimit)
        let findings = judges.map(examine)
        let objections = findings.compactMap(\.objection)
        let isAccepted = 2 * objections.count <= judges.count
        let (count, noun) = (
            isAccepted ? judges.count - objections.count : objections.count, judges.count == 1 ? "stream" : "streams"
        )
        var numbers = Self.means(of: findings.map(\.numbers))
        numbers["judges"] = Double(judges.count)
        numbers["objections"] = Double(objections.count)
        return Answer(
            isAccepted: isAccepted,
            reason: (isAccepted ? "" : "not ") + "\(merit) for \(count) of \(judges.count) \(noun)"
                + (objections.first.map { "; for one of them: \($0)" } ?? ""), numbers: numbers)
    }

    /// The mean of each number that all judges have. The standard errors of their means make one that is smaller.
    private static func means(of all: [[String: Double]]) -> [String: Double] {
        let error = "log_likelihood_noise"
        let count = Double(all.count)
        let names = all.dropFirst().reduce(Set(all.first?.keys ?? [:].keys)) { $0.intersection($1.keys) }
        return Dictionary(
            uniqueKeysWithValues: names.map { name in
                let values = all.map { $0[name] ?? .nan }
                return name == error
                    ? (name, values.reduce(0) { $0 + $1 * $1 }.squareRoot() / count)
                    : (name, values.reduce(0, +) / count)
            })
    }
}

extension FleetModel {
    /// What members have in common, with another detector.
    fileprivate func with(base: StreamModel) -> FleetModel {
        FleetModel(version: version, base: base, channels: channels, memberCount: memberCount)
    }
}
