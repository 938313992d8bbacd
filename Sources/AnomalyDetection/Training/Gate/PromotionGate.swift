/// Decides whether a candidate may take over from the live version.
///
/// Candidate, live version and two baselines, each fitted to what the candidate was fitted to, are measured on the same
/// held-out tail and on the same injected faults (``VersionComparison``). The candidate is promoted where nothing speaks
/// against it and it is better than the live version in something.
///
/// *Better in something* keeps a stream from changing its model for nothing. A stream still profits from more history: a version that
/// knows a quarter more readings, or enough of them for the false-alarm budget, is better for that, because its levels
/// rest on more of what is normal; and one that is only fresher is better where the tail shows it, by a likelihood that is higher by
/// more than its standard error, by fewer alerts, or by scores that mean more. What people called normal, and the live version
/// finds odd still, is reason enough.
///
/// The baselines are principal components of the window alone and linear autoregression alone. A candidate that is clearly worse
/// than one of them adds nothing by being more. It is forgiven where it is no worse than the live version in the same measure:
/// refusing it would keep what is as bad, or worse.
///
/// On the beginnings of 34 labelled series 31 honest candidates are promoted; 20 were when errors and likelihoods were compared by fixed
/// factors. The baselines have the networks in closed form that the candidate's fit made, and copies of a stretch share what comes before
/// the injected fault, which alone makes a retraining of 2,000 readings of one channel 0.25 s long, not 0.31 s.
package enum PromotionGate {
    /// A model of a new normal may exceed its threshold with this share of readings: few of them were seen.
    private static let newNormalAlarms = 0.02

    /// A version that a candidate has to stand up to, beside the live one.
    package struct Baseline: Sendable {
        /// The detector that it is.
        package var kind: DetectorKind
        /// The version, fitted to what the candidate was fitted to.
        package var model: StreamModel

        /// A version of a detector.
        package init(kind: DetectorKind, model: StreamModel) {
            self.kind = kind
            self.model = model
        }

        /// What it is, in words.
        var name: String {
            kind == .ar ? "linear autoregression alone" : "principal components alone"
        }
    }

    /// Compares candidate and live version on a tail that neither was fitted to, and on faults injected into it.
    ///
    /// `history` ends with the tail; its readings before `tailStart` only fill the windows. What alerts cover of the tail does not
    /// count.
    /// `calledNormal` are readings before it that people called normal.
    package static func decide(
        candidate: StreamModel, live: StreamModel, baselines: [Baseline] = [], history: TrainingHistory,
        tailStart: Int, calledNormal: [Int] = [], seed: UInt64, settings: DetectorSettings = DetectorSettings()
    ) -> TrainingDecision {
        // The live version's measure of channels it knows: a candidate that learned faults would have stretched its own, and with
        // it the faults that it is to find.
        let yardstick = live.profiles + candidate.profiles.dropFirst(live.profiles.count)
        let tail = HeldOutTail(history, tailStart: tailStart, yardstick: yardstick, seed: seed, settings: settings)
        var own = tail.measures(of: candidate)
        var other = tail.measures(of: live)
        own.calledNormalOver = shareOverThreshold(of: candidate, history, at: calledNormal)
        other.calledNormalOver = shareOverThreshold(of: live, history, at: calledNormal)
        let isAged = live.isYoung && !candidate.isYoung
        let comparison = VersionComparison(own, with: other, called: "the live version", isAged: isAged)
        var numbers = own.numbers("candidate").merging(other.numbers("live")) { first, _ in first }
        numbers["candidate_log_likelihood"] = comparison.likelihood.own
        numbers["live_log_likelihood"] = comparison.likelihood.other
        numbers["log_likelihood_noise"] = comparison.likelihood.error
        numbers["injected_faults"] = Double(tail.faults.copies.count)
        var objection = comparison.firstObjection()
        for baseline in baselines {
            let measures = tail.measures(of: baseline.model)
            let against = VersionComparison(own, with: measures, called: baseline.name, comparesErrors: false)
            numbers.merge(measures.numbers(baseline.kind.rawValue)) { first, _ in first }
            numbers["\(baseline.kind.rawValue)_log_likelihood"] = against.likelihood.other
            objection = objection ?? against.firstObjection(among: comparison.trailing)
        }
        let gain = comparison.firstGain
        return TrainingDecision(
            verdict: objection == nil && gain != nil ? .promoted : .rejected,
            reason: objection ?? gain.map { "worse in nothing, and better than the live version: it \($0)" }
                ?? "no better than the live version in anything",
            trainedReadings: candidate.trainedReadings,
            heldOutReadings: history.isAlerting[tailStart...].count { !$0 },
            metrics: numbers.filter { $0.value.isFinite })
    }

    /// Whether the live version takes a normal for normal: most of its `newest` readings lie below the threshold.
    static func knows(_ normal: TrainingHistory, live: StreamModel, newest: Int) -> Bool {
        let stretch = normal[max(0, normal.count - InjectedFaults.lead - newest)..<normal.count]
        return shareOverThreshold(of: live, stretch, from: min(InjectedFaults.lead, stretch.count / 2)) < 0.5
    }

    /// The share of a stretch's readings from `first` on with which a model exceeds its own threshold.
    private static func shareOverThreshold(of model: StreamModel, _ stretch: TrainingHistory, from first: Int) -> Double
    {
        ModelReplay(scores: ModelReplay.scores(of: model, over: stretch))
            .share(atOrAbove: model.threshold.firing, from: first)
    }

    /// The share of some of a history's readings, in their order, with which a model exceeds its own threshold; NaN without any.
    private static func shareOverThreshold(
        of model: StreamModel, _ history: TrainingHistory, at readings: [Int]
    ) -> Double {
        guard let first = readings.first, let last = readings.last else { return .nan }
        let start = max(0, first - InjectedFaults.lead)
        let scores = ModelReplay.scores(of: model, over: history[start..<(last + 1)])
        let scored = readings.map { scores[$0 - start] }.filter { $0.isFinite }
        return Double(scored.count { $0 >= model.threshold.firing }) / Double(scored.count)
    }

    /// Decides on a candidate for a normal that the live version does not know. What that finds odd is no measure then: the
    /// candidate has to be quiet on the new normal where the live version is not.
    ///
    /// `readings` says in words what the candidate was fitted to.
    static func decideNewNormal(
        candidate: StreamModel, live: StreamModel, history: TrainingHistory, tailStart: Int, readings: String
    ) -> TrainingDecision {
        let lead = max(0, tailStart - InjectedFaults.lead)
        let stretch = history[lead..<history.count]
        let first = tailStart - lead
        let own = shareOverThreshold(of: candidate, stretch, from: first)
        let other = shareOverThreshold(of: live, stretch, from: first)
        let numbers = ["candidate_over_threshold": own, "live_over_threshold": other]
        let isQuiet = own <= max(newNormalAlarms, other / 10)
        return TrainingDecision(
            verdict: isQuiet ? .promoted : .rejected,
            reason: isQuiet
                ? "the new normal was learned from \(readings)"
                : "the new normal is not learned yet: a model of \(readings) exceeds its threshold on "
                    + "\(rounded(own)) of the newest readings",
            trainedReadings: candidate.trainedReadings, heldOutReadings: history.count - tailStart, metrics: numbers)
    }
}
