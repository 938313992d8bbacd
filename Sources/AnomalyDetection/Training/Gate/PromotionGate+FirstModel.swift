/// Whether a first model beats no model.
///
/// No model finds no fault, raises no alert, and knows of each channel its mean and spread. A first model has to forecast no worse
/// than that: it is fitted to all there is, so each block of time is forecast by a fit to the others. It has to find faults, and to
/// be quiet on the newest readings, where nothing is known to be wrong. Pure noise cannot be forecast better than by mean and spread,
/// and passes: faults are found in it all the same.
///
/// How quiet it is its own scores say. Scores of blocks that were held out are kept as a number, and refuse nothing: of a stream that
/// drifts each block is unlike all others, and it would never get a model (3 of 126 histories of real streams).
extension PromotionGate {
    /// The newest part of the history on which a first model has to be quiet.
    private static let newestShare = 0.2
    /// A first model that would spend more than this share of the newest readings under alerts makes nobody wiser.
    private static let alertingLimit = 0.5
    /// A model that finds none of the usual faults, for it was asked for hardly any false alarm and its readings scatter
    /// wildly, has to find faults so many times as large.
    private static let largeFactor = 4.0
    /// A forecast may be so much less likely than mean and spread for its own noise, beside what its coefficients cost.
    private static let likelihoodTolerance = 0.05

    /// What a stream says of a model that would be its first.
    struct FirstFinding {
        /// What speaks against it, as what "it" does; nil where nothing does.
        var objection: String?
        /// The numbers of the decision, by name.
        var numbers: [String: Double]
        /// For each injected fault whether it is found.
        var found: [Bool]
    }

    /// Decides on a stream's first model, fitted to all of the history; `heldOutSums` are those of its readings by fits that did not
    /// see them.
    static func decideFirst(
        _ model: StreamModel, heldOutSums: [Float], history: TrainingHistory, heldOut: HeldOutForecast?,
        seed: UInt64, settings: DetectorSettings
    ) -> TrainingDecision {
        var finding = examine(first: model, history: history, seed: seed, settings: settings)
        let scores = heldOutSums.map { $0.isFinite ? model.calibration.score($0) : .nan }
        finding.numbers["held_out_alerting"] = alertingShare(of: model, scores, history, settings)
        if let heldOut {
            finding.numbers.merge(heldOut.numbers) { own, _ in own }
            finding.objection = objection(to: heldOut) ?? finding.objection
        }
        let found = finding.found
        return TrainingDecision(
            verdict: finding.objection == nil ? .promoted : .rejected,
            reason: finding.objection.map { "no better than no model: it \($0)" }
                ?? "first model of the stream; "
                + (found.isEmpty
                    ? "no fault could be injected"
                    : "it finds \(found.count { $0 }) of \(found.count) injected faults"),
            trainedReadings: model.trainedReadings, metrics: finding.numbers.filter { $0.value.isFinite })
    }

    /// Looks for faults with a model that would be a stream's first, and at how quiet it is.
    static func examine(
        first model: StreamModel, history: TrainingHistory, seed: UInt64, settings: DetectorSettings
    ) -> FirstFinding {
        let alerting = alertingShare(of: model, ModelReplay.scores(of: model, over: history), history, settings)
        // Where an alert is known, at the history's end too, nothing can be injected.
        let end = (history.isAlerting.lastIndex(of: false) ?? -1) + 1
        let faults = InjectedFaults(into: history[0..<end], profiles: model.profiles, seed: seed)
        let found = faults.found(by: model)
        let share = found.isEmpty ? .nan : Double(found.count { $0 }) / Double(found.count)
        var numbers = [
            "candidate_alerting": alerting, "candidate_faults_found": share,
            "candidate_trained_readings": Double(model.trainedReadings),
            "injected_faults": Double(faults.copies.count),
        ]
        for shape in InjectedFaults.shapes {
            let count = faults.count(of: shape, in: found)
            if count.all > 0 {
                numbers["candidate_found_\(shape.rawValue)"] = Double(count.found) / Double(count.all)
            }
        }
        var objection: String?
        if alerting > alertingLimit {
            objection =
                "would alert on \(rounded(alerting)) of the newest readings, of which nothing is known to be wrong"
        }
        if objection == nil, share == 0 {
            let large = InjectedFaults(
                into: history[0..<end], profiles: model.profiles,
                magnitude: largeFactor * InjectedFaults.magnitude, seed: seed)
            let count = large.found(by: model).count { $0 }
            numbers["candidate_large_faults_found"] = Double(count) / Double(large.copies.count)
            if count == 0 {
                objection =
                    "finds none of \(found.count) injected faults, and none of them \(rounded(largeFactor)) times as large"
            }
        }
        return FirstFinding(objection: objection, numbers: numbers, found: found)
    }

    /// What speaks against a model whose forecasts of unseen readings are these; nil where nothing does.
    static func objection(to heldOut: HeldOutForecast) -> String? {
        let difference = heldOut.difference
        let tolerance = likelihoodTolerance + heldOut.cost + 2 * difference.error
        guard difference.mean < -tolerance else { return nil }
        return "forecasts readings that it has not seen worse than each channel's mean and spread: a log-likelihood of "
            + "\(rounded(difference.own)) against \(rounded(difference.other)) a value"
    }

    /// The share of a history's newest readings that a model puts under alerts by their scores; what is known to be abnormal does
    /// not count.
    private static func alertingShare(
        of model: StreamModel, _ scores: [Float], _ history: TrainingHistory, _ settings: DetectorSettings
    ) -> Double {
        var replay = ModelReplay(scores: scores)
        replay.leaveOutAlerts(of: history)
        return replay.share(
            alertingAt: model.threshold.firing, holdingFor: settings.holdReadings,
            from: Int(Double(history.count) * (1 - newestShare)))
    }
}
