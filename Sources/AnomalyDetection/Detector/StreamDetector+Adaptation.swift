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
        guard let openAlert else { return }
        let isDeclared = isDeclaredNormal(openAlert)
        // What is refused is tried again when it has lasted a quarter longer.
        let age = live.map { Double(time.nanoseconds(since: openAlert.startedAt)) / Double($0.model.cadence.interval) }
        schedule.nextAdaptation =
            processedCount + max(1, settings.warmUpReadings / 2, Int(min((age ?? 0) / 4, 1e9)))
        let mayBecomeNormal =
            openAlert.shape != .stuck && openAlert.shape != .dropout && !confirmed.contains(openAlert.id)
        guard isDeclared || mayBecomeNormal else { return }
        adaptingSince = openAlert.startedAt
        output.trainingRequests.append(
            schedule.adaptationRequest(stream: stream, processed: processedCount, time: time, settings: settings))
        if !isDeclared { output.newNormals.append(openAlert) }
    }

    /// Whether somebody said of an alert that it is the new normal.
    private func isDeclaredNormal(_ alert: Alert) -> Bool { newNormalStart == alert.startedAt }
}
