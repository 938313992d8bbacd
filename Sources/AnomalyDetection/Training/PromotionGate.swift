/// Decides whether a candidate may take over from the live version.
package enum PromotionGate {
    /// The candidate's error on the tail may be this much larger: less than training's own noise.
    private static let errorTolerance = 1.05
    /// The share of tail readings over the threshold may be this much larger: a provisional threshold is a level that one normal
    /// reading in a hundred exceeds, and exceedances come together.
    private static let alarmTolerance = 0.01
    /// The share of injected faults found may be this much smaller.
    private static let detectionTolerance = 0.05

    /// Compares candidate and live version on a tail that neither was fitted to, and on faults injected into it.
    ///
    /// `history` ends with the tail; its readings before `tailStart` only fill the windows. The tail must be free of alerts.
    package static func decide(
        candidate: StreamModel, live: StreamModel, history: TrainingHistory, tailStart: Int, seed: UInt64
    ) -> TrainingDecision {
        let lead = max(0, tailStart - InjectedFaults.lead)
        let stretch = history[lead..<history.count]
        let first = tailStart - lead
        let yardstick = candidate.profiles
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
            "candidate_faults_found": faults.detectedShare(by: candidate, yardstick: yardstick),
            "live_faults_found": faults.detectedShare(by: live, yardstick: yardstick),
            "injected_faults": Double(faults.copies.count),
        ]
        let objection = objection(to: numbers)
        return TrainingDecision(
            verdict: objection == nil ? .promoted : .rejected,
            reason: objection ?? "not worse than the live version on the held-out tail",
            trainedReadings: candidate.trainedReadings, heldOutReadings: history.count - tailStart,
            metrics: numbers.filter { $0.value.isFinite })
    }

    /// What speaks against the candidate, as a sentence; nil when nothing does.
    private static func objection(to numbers: [String: Double]) -> String? {
        func number(_ name: String) -> Double { numbers[name] ?? .nan }
        let (error, liveError) = (number("candidate_error"), number("live_error"))
        let (alarms, liveAlarms) = (number("candidate_over_threshold"), number("live_over_threshold"))
        let (found, liveFound) = (number("candidate_faults_found"), number("live_faults_found"))
        if error > liveError * errorTolerance {
            return
                "rebuilds the held-out tail worse than the live version: \(rounded(error)) against \(rounded(liveError))"
        }
        if alarms > liveAlarms + alarmTolerance {
            return "exceeds its threshold on the held-out tail more often than the live version: "
                + "\(rounded(alarms)) against \(rounded(liveAlarms)) of readings"
        }
        if found < liveFound - detectionTolerance {
            return "finds fewer injected faults than the live version: \(rounded(found)) against \(rounded(liveFound))"
        }
        return nil
    }
}
