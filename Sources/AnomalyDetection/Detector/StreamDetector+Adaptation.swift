/// When what an open alert is about is learned as the new normal.
extension StreamDetector {
    /// Whether the open alert has lasted so long that it may be normal.
    func isTimeToAdapt(at time: Timestamp, _ settings: DetectorSettings) -> Bool {
        guard let live, let openAlert else { return false }
        return schedule.isTimeToAdapt(
            since: openAlert.startedAt, isDeclared: isDeclaredNormal(openAlert), cadence: live.model.cadence,
            processed: processedCount, time: time, settings: settings)
    }

    /// Asks for a training in which what the open alert is about counts as normal, if one is open. What is stuck or missing
    /// never becomes normal by lasting.
    func adapt(at time: Timestamp, _ output: inout DetectionOutput, _ settings: DetectorSettings) {
        guard let openAlert, let cadence = live?.model.cadence else { return }
        let isDeclared = isDeclaredNormal(openAlert)
        // What is refused is tried again when it has lasted a quarter longer.
        let age = Double(time.nanoseconds(since: openAlert.startedAt)) / Double(cadence.interval)
        schedule.nextAdaptation = processedCount + max(1, settings.warmUpReadings / 2, Int(min(age / 4, 1e9)))
        let mayBecomeNormal = openAlert.shape.mayBecomeNormal && !confirmed.contains(openAlert.id)
        guard isDeclared || mayBecomeNormal else { return }
        adaptingSince = openAlert.startedAt
        output.trainingRequests.append(
            schedule.adaptationRequest(
                stream: stream, processed: processedCount, time: time, cadence: cadence, settings: settings))
        if !isDeclared { output.newNormals.append(openAlert) }
    }

    /// Asks for a training where scores have drifted. What an alert is about is no drift.
    func askForDrift(at time: Timestamp, _ output: inout DetectionOutput, _ settings: DetectorSettings) {
        guard let drift, let live, drift.hasDrifted, !machine.isActive, openAlert == nil,
            let request = schedule.driftRequest(
                stream: stream, processed: processedCount, time: time, cadence: live.model.cadence, settings: settings)
        else { return }
        self.drift?.beginAnew()
        output.trainingRequests.append(request)
    }

    /// Raises one alert where normal has moved too far, however many candidates wait for it, and ends it when normal comes back or
    /// the move was accepted. It says how far the newest of them moved.
    func followBaseline(
        _ result: TrainingResult, at time: Timestamp, reading: Int, _ output: inout DetectionOutput,
        _ surroundings: inout Surroundings
    ) {
        switch result.baseline {
        case .waits(let move):
            let contributions = move.contributions(names: surroundings.names(stream))
            if var alert = movedBaseline {
                (alert.contributions, alert.peakAt) = (contributions, max(time, alert.firedAt))
                movedBaseline = alert
                append(AlertTransition(kind: .updated, alert: alert), reading: reading, &output, &surroundings)
                return
            }
            guard let live else { return }
            // Alerts of a stream are known by their beginnings, and one of readings may begin with this one or right behind it.
            let start = time.advanced(byNanoseconds: 2)
            var alert = Alert(
                id: 0, stream: stream, kind: .baselineDrift, startedAt: start, firedAt: start, peakScore: 0,
                peakAt: start, threshold: 0, isProvisional: false, modelID: live.id,
                shape: move.channels.first?.isOfSpread == true ? .noise : .drift,
                contributions: contributions)
            alert.movedSince = move.since
            movedBaseline = alert
            append(AlertTransition(kind: .fired, alert: alert), reading: reading, &output, &surroundings)
        case .within:
            endBaselineDrift(at: time, reading: reading, &output, &surroundings)
        case nil:
            if result.request.reason == .newNormal, result.promoted != nil {
                endBaselineDrift(at: time, reading: reading, &output, &surroundings)
            }
        }
    }

    /// Ends the alert of a normal that has moved, if one is open.
    func endBaselineDrift(
        at time: Timestamp, reading: Int, _ output: inout DetectionOutput, _ surroundings: inout Surroundings
    ) {
        guard var alert = movedBaseline else { return }
        alert.resolvedAt = max(time, alert.firedAt)
        movedBaseline = nil
        append(AlertTransition(kind: .resolved, alert: alert), reading: reading, &output, &surroundings)
    }

    /// When what an alert is about counts as normal by lasting, whatever people say of it; nil where it never does.
    func adaptationTime(of alert: Alert, _ settings: DetectorSettings) -> Timestamp? {
        guard let live, alert.shape.mayBecomeNormal else { return nil }
        return TrainingSchedule.adaptationPatience(
            isDeclared: false, cadence: live.model.cadence, settings: settings
        ).map { alert.startedAt.advanced(byNanoseconds: $0) }
    }

    /// Asks for the version before where the live one has broken its false-alarm budget on its first day, unless a training is under
    /// way; then it is looked at again.
    func judgeModel(at time: Timestamp, _ output: inout DetectionOutput, _ settings: DetectorSettings) {
        guard schedule.pending == nil, let plan = tenure?.judge(at: time, budget: settings.falseAlarms) else { return }
        output.trainingRequests.append(
            schedule.rollbackRequest(
                plan, stream: stream, processed: processedCount, time: time, settings: settings))
    }

    /// Whether somebody said of an alert that it is the new normal.
    private func isDeclaredNormal(_ alert: Alert) -> Bool { newNormalStart == alert.startedAt }
}

extension FaultShape {
    /// Whether a fault of this shape becomes normal by lasting: what is stuck or missing never does.
    fileprivate var mayBecomeNormal: Bool { self != .stuck && self != .dropout }
}
