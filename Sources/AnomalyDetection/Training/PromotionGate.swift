/// Decides whether a candidate may take over from the live version.
package enum PromotionGate {
    /// The candidate's error on the tail may be this much larger: less than training's own noise.
    private static let errorTolerance = 1.05
    /// The same where the live version is young and the candidate is not: what fits a few hours closely has not met the rest of
    /// the day. On simulated machines with daily cycles it was up to 1.5 times as large.
    private static let agedErrorTolerance = 2.0
    /// A value may be so much less likely under the candidate's forecast: as if it took noise for a fifth larger than it is.
    private static let likelihoodTolerance = 0.2
    /// The distance of the candidate's scores on the tail from what they mean may be this much larger. Windows overlap, so scores
    /// come together and honest versions differ by up to 0.3 on tails of the labelled series.
    private static let calibrationTolerance = 0.35
    /// The share of tail readings over the threshold may be this much larger: a provisional threshold is a level that one normal
    /// reading in a hundred exceeds, and exceedances come together.
    private static let exceedanceTolerance = 0.04
    /// The share of tail readings under an alert, in runs over the threshold as long as the hold, may be this much larger.
    private static let alarmTolerance = 0.01
    /// A model of a new normal may exceed its threshold with this share of readings: few of them were seen.
    private static let newNormalAlarms = 0.02
    /// The share of injected faults found may be this much smaller.
    private static let detectionTolerance = 0.05

    /// Compares candidate and live version on a tail that neither was fitted to, and on faults injected into it.
    ///
    /// `history` ends with the tail; its readings before `tailStart` only fill the windows. The tail must be free of alerts.
    package static func decide(
        candidate: StreamModel, live: StreamModel, history: TrainingHistory, tailStart: Int, seed: UInt64,
        holdReadings: Int = DetectorSettings().holdReadings
    ) -> TrainingDecision {
        let lead = max(0, tailStart - InjectedFaults.lead)
        let stretch = history[lead..<history.count]
        let first = tailStart - lead
        // The live version's measure of channels it knows: a candidate that learned faults would have stretched its own, and with
        // it the faults that it is to find.
        let yardstick = live.profiles + candidate.profiles.dropFirst(live.profiles.count)
        // Like is compared with like: the autoencoder rebuilds through a few dimensions, the linear model through many.
        let kind: EvidenceKind = candidate.hasReconstruction && live.hasReconstruction ? .reconstruction : .linear
        let candidateReplay = ModelReplay(
            candidate, over: stretch, firstCounted: first, yardstick: yardstick, errorOf: kind)
        let liveReplay = ModelReplay(live, over: stretch, firstCounted: first, yardstick: yardstick, errorOf: kind)
        let faults = InjectedFaults(into: stretch, profiles: yardstick, seed: seed)
        let numbers = [
            "candidate_error": candidateReplay.meanSquaredError,
            "live_error": liveReplay.meanSquaredError,
            "candidate_over_threshold": candidateReplay.share(atOrAbove: candidate.threshold.firing, from: first),
            "live_over_threshold": liveReplay.share(atOrAbove: live.threshold.firing, from: first),
            "candidate_alerting": candidateReplay.share(
                alertingAt: candidate.threshold.firing, holdingFor: holdReadings, from: first),
            "candidate_log_likelihood": candidateReplay.logLikelihood,
            "live_log_likelihood": liveReplay.logLikelihood,
            "candidate_calibration_error": candidateReplay.calibrationError(from: first),
            "live_calibration_error": liveReplay.calibrationError(from: first),
            "live_alerting": liveReplay.share(
                alertingAt: live.threshold.firing, holdingFor: holdReadings, from: first),
            "candidate_faults_found": faults.detectedShare(by: candidate, yardstick: yardstick),
            "live_faults_found": faults.detectedShare(by: live, yardstick: yardstick),
            "injected_faults": Double(faults.copies.count),
        ]
        let tolerance = live.isYoung && !candidate.isYoung ? agedErrorTolerance : errorTolerance
        let objection = objection(to: numbers, errorTolerance: tolerance)
        return TrainingDecision(
            verdict: objection == nil ? .promoted : .rejected,
            reason: objection ?? "not worse than the live version on the held-out tail",
            trainedReadings: candidate.trainedReadings, heldOutReadings: history.count - tailStart,
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
        ModelReplay(model, over: stretch, firstCounted: first, yardstick: model.profiles, errorOf: .linear)
            .share(atOrAbove: model.threshold.firing, from: first)
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

    /// What speaks against the candidate, as a sentence; nil when nothing does.
    private static func objection(to numbers: [String: Double], errorTolerance: Double) -> String? {
        func number(_ name: String) -> Double { numbers[name] ?? .nan }
        let (error, liveError) = (number("candidate_error"), number("live_error"))
        let (over, liveOver) = (number("candidate_over_threshold"), number("live_over_threshold"))
        let (alarms, liveAlarms) = (number("candidate_alerting"), number("live_alerting"))
        let (found, liveFound) = (number("candidate_faults_found"), number("live_faults_found"))
        if error > liveError * errorTolerance {
            return
                "rebuilds the held-out tail worse than the live version: \(rounded(error)) against \(rounded(liveError))"
        }
        if alarms > liveAlarms + alarmTolerance {
            return "would alert on more of the held-out tail than the live version: "
                + "\(rounded(alarms)) against \(rounded(liveAlarms)) of readings"
        }
        if over > liveOver + exceedanceTolerance {
            return "exceeds its threshold on the held-out tail more often than the live version: "
                + "\(rounded(over)) against \(rounded(liveOver)) of readings"
        }
        let (likelihood, liveLikelihood) = (number("candidate_log_likelihood"), number("live_log_likelihood"))
        if likelihood < liveLikelihood - likelihoodTolerance {
            return "forecasts the held-out tail worse than the live version: a log-likelihood of "
                + "\(rounded(likelihood)) against \(rounded(liveLikelihood)) a value"
        }
        let (off, liveOff) = (number("candidate_calibration_error"), number("live_calibration_error"))
        if off > liveOff + calibrationTolerance {
            return "its scores on the held-out tail mean less than the live version's: they are off by "
                + "\(rounded(off)) against \(rounded(liveOff))"
        }
        if found < liveFound - detectionTolerance {
            return "finds fewer injected faults than the live version: \(rounded(found)) against \(rounded(liveFound))"
        }
        return nil
    }
}
