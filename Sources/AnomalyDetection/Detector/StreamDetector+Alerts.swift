/// What is told of a stream's alert as it fires, goes on and ends.
extension StreamDetector {
    /// The alert that fires with a reading.
    func alert(
        since: Timestamp, at time: Timestamp, score: Double, threshold: AlertThreshold, row: Int,
        _ surroundings: inout Surroundings
    ) -> Alert? {
        guard let live else { return nil }
        let (shape, contributions) = explain(row: row, since: since, &surroundings)
        return Alert(
            id: 0, stream: stream, startedAt: since, firedAt: time, peakScore: score, peakAt: time,
            threshold: Double(threshold.firing), isProvisional: threshold.isProvisional, modelID: live.id,
            shape: shape, contributions: contributions)
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
        to score: Double, at time: Timestamp, row: Int, _ surroundings: inout Surroundings
    ) {
        guard var alert = openAlert, let live else { return }
        alert.peakScore = score
        alert.peakAt = time
        alert.modelID = live.id
        let (shape, contributions) = explain(row: row, since: alert.startedAt, &surroundings)
        alert.contributions = contributions
        // What was recognized stays recognized: at the end of a long fault its onset is out of sight.
        if shape != .unknown { alert.shape = shape }
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
        for verdict in verdicts where verdict.verdict == .confirmed {
            control.takeBack(alertStartedAt: verdict.alert.startedAt)
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
    }

    private func explain(
        row: Int, since: Timestamp, _ surroundings: inout Surroundings
    ) -> (FaultShape, [ChannelContribution]) {
        guard let live else { return (.unknown, []) }
        let explanation = surroundings.workspace.explain(live.model, placement, row: row)
        return AlertExplanation.make(
            explanation, model: live.model, names: surroundings.names(stream), recent: recent,
            peak: blockRows[row].reading, since: since)
    }
}
