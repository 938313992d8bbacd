/// What is told of a stream's alert as it fires, goes on and ends.
extension StreamDetector {
    /// The alert that fires with a reading, and what of the evidence the rules leave out of it.
    func alert(
        since: Timestamp, at time: Timestamp, score: Double, threshold: AlertThreshold, row: Int,
        _ surroundings: inout Surroundings
    ) -> (Alert, IgnoredEvidence)? {
        guard let live else { return nil }
        var alert = Alert(
            id: 0, stream: stream, startedAt: since, firedAt: time, peakScore: score, peakAt: time,
            threshold: Double(threshold.firing), isProvisional: threshold.isProvisional, modelID: live.id)
        let ignored = explain(&alert, under: threshold, row: row, &surroundings)
        return (alert, ignored)
    }

    /// Whether an alert that is about to fire is one of those that were false alarms.
    func isKnownFalseAlarm(_ alert: Alert) -> Bool {
        falseAlarms.contains { $0.covers(alert, at: alert.firedAt) }
    }

    /// Fires anew where what began as a known false alarm has become more than that.
    func watchKnownFalseAlarm(score: Double, at time: Timestamp) {
        guard let firing = machine.firing,
            !falseAlarms.contains(where: { $0.allows(score, since: firing.since, at: time) })
        else { return }
        machine.fireAnew()
    }

    func fire(_ alert: Alert, row: Int, _ output: inout DetectionOutput, _ surroundings: inout Surroundings) {
        openAlert = alert
        append(AlertTransition(kind: .fired, alert: alert), row: row, &output, &surroundings)
    }

    func raisePeak(
        to score: Double, at time: Timestamp, under threshold: AlertThreshold, row: Int,
        _ surroundings: inout Surroundings
    ) {
        guard var alert = openAlert, let live else { return }
        alert.peakScore = score
        alert.peakAt = time
        alert.modelID = live.id
        _ = explain(&alert, under: threshold, row: row, &surroundings)
        openAlert = alert
    }

    func tellOfPeak(row: Int, _ output: inout DetectionOutput, _ surroundings: inout Surroundings) {
        guard let openAlert else { return }
        append(AlertTransition(kind: .updated, alert: openAlert), row: row, &output, &surroundings)
    }

    func resolve(
        at end: Timestamp, row: Int, _ output: inout DetectionOutput, _ surroundings: inout Surroundings
    ) {
        tellOfEnd(at: end, reading: blockRows[row].index, &output, &surroundings)
    }

    private func tellOfEnd(
        at end: Timestamp, reading: Int, _ output: inout DetectionOutput, _ surroundings: inout Surroundings
    ) {
        guard var alert = openAlert else { return }
        alert.resolvedAt = end
        openAlert = nil
        if !confirmed.contains(alert.id), !surroundings.isQuiet(stream, alert.firedAt) {
            tenure?.count(alertStartedAt: alert.startedAt)
        }
        append(AlertTransition(kind: .resolved, alert: alert), reading: reading, &output, &surroundings)
    }

    private func append(
        _ transition: AlertTransition, row: Int, _ output: inout DetectionOutput, _ surroundings: inout Surroundings
    ) {
        append(transition, reading: blockRows[row].index, &output, &surroundings)
    }

    /// Adds a transition with the place in the output of the reading behind it.
    func append(
        _ transition: AlertTransition, reading: Int, _ output: inout DetectionOutput,
        _ surroundings: inout Surroundings
    ) {
        output.transitions.append(transition)
        surroundings.transitionReadings.append(reading)
    }

    /// Takes in what was said of the stream's alerts; one that still fires and was called a false alarm ends.
    func take(
        _ verdicts: [AlertVerdict], _ output: inout DetectionOutput, _ surroundings: inout Surroundings
    ) -> Bool {
        let hasEndedSilence = takeSilences(verdicts, &output, &surroundings)
        let hasAccepted = acceptBaseline(verdicts, &output, &surroundings)
        return takeAnomalies(verdicts.filter { $0.alert.kind == .anomaly }, &output, &surroundings)
            || hasEndedSilence || hasAccepted
    }

    /// Where a normal that has moved was accepted, the next candidate takes over from it.
    private func acceptBaseline(
        _ verdicts: [AlertVerdict], _ output: inout DetectionOutput, _ surroundings: inout Surroundings
    ) -> Bool {
        guard let alert = movedBaseline,
            verdicts.contains(where: { $0.alert.id == alert.id && $0.verdict != .confirmed })
        else { return false }
        endBaselineDrift(
            at: newestTime ?? alert.firedAt, reading: output.rows.count, &output, &surroundings)
        schedule.owesNewNormal = true
        return true
    }

    private func takeAnomalies(
        _ verdicts: [AlertVerdict], _ output: inout DetectionOutput, _ surroundings: inout Surroundings
    ) -> Bool {
        for verdict in verdicts where verdict.verdict == .confirmed {
            control.takeBack(alertStartedAt: verdict.alert.startedAt)
            tenure?.takeBack(alertStartedAt: verdict.alert.startedAt)
        }
        confirmed = Set(verdicts.lazy.filter { $0.verdict == .confirmed }.map(\.alert.id))
        let judged = verdicts.filter { $0.verdict == .falseAlarm }
        falseAlarms = judged.map { AlertPattern(of: $0.alert, wasJudgedFiring: $0.wasJudgedFiring) }
        guard let alert = openAlert, judged.contains(where: { $0.alert.id == alert.id }), let firing = machine.firing
        else { return false }
        // It is told as ended. The machine fires on, so that what is left of it is no alert either, with a beginning of its own
        // right behind the newest reading: should it become one, it is another.
        tellOfEnd(at: firing.lastExceeding, reading: output.rows.count, &output, &surroundings)
        extents.follow(.resolve(at: firing.lastExceeding), .inactive)
        if let newestTime { machine.begin(at: newestTime.advanced(byNanoseconds: 1)) }
        return true
    }

    /// Ends the alert that is open, if one is, whatever the scores are.
    func endAlert(reading: Int, _ output: inout DetectionOutput, _ surroundings: inout Surroundings) {
        guard openAlert != nil, let end = machine.end() else { return }
        extents.follow(.resolve(at: end), machine.state)
        tellOfEnd(at: end, reading: reading, &output, &surroundings)
    }

    /// Gives the alert the number that the owner chose for it.
    func number(openAlert id: Int64, startedAt: Timestamp) {
        if openAlert?.startedAt == startedAt { openAlert?.id = id }
        if silence?.startedAt == startedAt { silence?.id = id }
        if movedBaseline?.startedAt == startedAt { movedBaseline?.id = id }
        if range.alert?.startedAt == startedAt { range.alert?.id = id }
    }

    /// Writes into an alert what is to be said of its peak, which a row of the block is; returns what does not count of it.
    private func explain(
        _ alert: inout Alert, under threshold: AlertThreshold, row: Int, _ surroundings: inout Surroundings
    ) -> IgnoredEvidence {
        guard let live else { return IgnoredEvidence() }
        var parts = surroundings.workspace.explain(live.model, placement, row: row)
        let ignored = withoutIgnored(&parts.shares)
        let explanation = AlertExplanation(
            parts, model: live.model, names: surroundings.names(stream), recent: recent, peak: blockRows[row].reading,
            since: alert.startedAt)
        alert.contributions = explanation.contributions
        // What was recognized stays recognized: at the end of a long fault its onset is out of sight, and what follows when a channel
        // comes back, or spills over into others, is not what the alert is about.
        if explanation.shape != .unknown, explanation.shape.isUnmistakable || !alert.shape.isUnmistakable {
            alert.shape = explanation.shape
            alert.unitChange = explanation.unitChange
        }
        alert.clearingThreshold = Double(threshold.clearing)
        alert.window = surroundings.workspace.loss(live.model, placement, row: row)
        alert.adaptsAt = adaptationTime(of: alert, surroundings.settings)
        return ignored
    }
}
