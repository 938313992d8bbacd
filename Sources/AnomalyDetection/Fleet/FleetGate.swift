/// Decides whether a fleet's new weights may take over: some members compare them as each of them would use them.
///
/// They are refused where more members object than not. A member for which they are worse keeps what it has either way
/// (``MemberTrainer``).
struct FleetGate {
    /// So many members are asked.
    private static let judgeLimit = 16

    /// The new weights.
    let candidate: FleetModel
    /// What was kept from them, or learned from where nothing was kept, by member.
    let histories: [TrainingHistory]
    /// How many of the newest readings of each member were kept from the weights; 0 where too few are known.
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
            PromotionGate.decideFirst(
                candidate.member(of: histories[judge], settings: settings), history: histories[judge], seed: seed,
                settings: settings)
        }
        answer.numbers.merge(heldOut?.numbers ?? [:]) { own, _ in own }
        if let heldOut, let objection = PromotionGate.objection(to: heldOut) {
            answer.isAccepted = false
            answer.reason = "no better than no model: it \(objection), of streams it was not fitted to"
        }
        return answer
    }

    /// Asks members whether the weights are better than the live ones and no worse than simpler detectors, fitted to the
    /// same streams; nil where no member has enough readings to compare on.
    func decide(against live: FleetModel, baselines: [PromotionGate.Baseline]) -> Answer? {
        let judges = histories.indices.filter { tails[$0] > 0 }
        guard !judges.isEmpty else { return nil }
        return ask(judges, for: "better than the live weights") { judge in
            let head = histories[judge][0..<(histories[judge].count - tails[judge])]
            let opponents = baselines.map { baseline in
                PromotionGate.Baseline(
                    kind: baseline.kind,
                    model: candidate.with(base: baseline.model).member(of: head, settings: settings))
            }
            return PromotionGate.decide(
                candidate: candidate.member(of: head, settings: settings),
                live: live.member(of: head, settings: settings), baselines: opponents, history: histories[judge],
                tailStart: head.count, seed: seed, settings: settings)
        }
    }

    private func ask(
        _ members: some RandomAccessCollection<Int>, for merit: String, _ decide: (Int) -> TrainingDecision
    ) -> Answer {
        let judges = Array(members).evenlySpaced(limit: Self.judgeLimit)
        let decisions = judges.map(decide)
        let objections = decisions.filter { $0.verdict != .promoted }.map(\.reason)
        let isAccepted = 2 * objections.count <= judges.count
        let (count, noun) = (
            isAccepted ? judges.count - objections.count : objections.count, judges.count == 1 ? "stream" : "streams"
        )
        var numbers = Dictionary(grouping: decisions.flatMap(\.metrics), by: \.key).mapValues { values in
            values.reduce(0) { $0 + $1.value } / Double(values.count)
        }
        numbers["judges"] = Double(judges.count)
        numbers["objections"] = Double(objections.count)
        return Answer(
            isAccepted: isAccepted,
            reason: (isAccepted ? "" : "not ") + "\(merit) for \(count) of \(judges.count) \(noun)"
                + (objections.first.map { "; one says: \($0)" } ?? ""), numbers: numbers)
    }
}

extension FleetModel {
    /// What members have in common, with another detector.
    fileprivate func with(base: StreamModel) -> FleetModel {
        FleetModel(version: version, base: base, channels: channels, memberCount: memberCount)
    }
}
