/// What is told of a stream's alert as it fires, goes on and ends.
extension StreamDetector {
    func fire(
        since: Timestamp, at time: Timestamp, score: Double, row: Int, _ output: inout DetectionOutput,
        _ surroundings: inout Surroundings
    ) {
        guard let live, let threshold = scale?.threshold else { return }
        let (shape, contributions) = explain(row: row, since: since, &surroundings)
        let alert = Alert(
            id: 0, stream: stream, startedAt: since, firedAt: time, peakScore: score, peakAt: time,
            threshold: Double(threshold.firing), isProvisional: threshold.isProvisional, modelID: live.id,
            shape: shape, contributions: contributions)
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
        guard var alert = openAlert else { return }
        alert.resolvedAt = end
        openAlert = nil
        append(AlertTransition(kind: .resolved, alert: alert), row: row, &output, &surroundings)
    }

    private func append(
        _ transition: AlertTransition, row: Int, _ output: inout DetectionOutput, _ surroundings: inout Surroundings
    ) {
        output.transitions.append(transition)
        surroundings.transitionReadings.append(blockRows[row].index)
    }

    /// Gives the alert the number that the owner chose for it.
    func number(openAlert id: Int64, startedAt: Timestamp) {
        if openAlert?.startedAt == startedAt { openAlert?.id = id }
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
