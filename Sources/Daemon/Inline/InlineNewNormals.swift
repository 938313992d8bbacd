import AnomalyDetection

/// What became normal by lasting, for trainings where there is no database that remembers it.
struct InlineNewNormals {
    /// The alerts that were about it, in the order of time, with their newest ends.
    private var alerts: [Alert] = []

    /// Notes what a detector says has become normal, and when such an alert ends.
    mutating func note(_ output: DetectionOutput) {
        for transition in output.transitions where transition.kind == .resolved {
            if let index = alerts.lastIndex(where: { isSame($0, transition.alert) }) {
                alerts[index].resolvedAt = transition.alert.resolvedAt
            }
        }
        for alert in output.newNormals where !alerts.contains(where: { isSame($0, alert) }) { alerts.append(alert) }
    }

    /// What a training has to know.
    func labels(for request: TrainingRequest) -> TrainingLabels {
        var labels = TrainingLabels()
        for alert in alerts where alert.stream == request.stream && alert.startedAt <= request.throughTime {
            let end = min(alert.resolvedAt ?? request.throughTime, request.throughTime)
            labels.normal.append(alert.startedAt...max(alert.startedAt, end))
            labels.newNormalStart = alert.startedAt
        }
        return labels
    }

    /// Alerts of a stream are known by their beginnings.
    private func isSame(_ one: Alert, _ other: Alert) -> Bool {
        one.stream == other.stream && one.startedAt == other.startedAt
    }
}
