import AnomalyDetection

/// The alerts of one stream as they were last told, in the order of firing.
struct AlertList: Sendable {
    /// The alerts.
    private(set) var all: [Alert] = []

    /// Takes in what the detector says.
    mutating func note(_ output: DetectionOutput) {
        for transition in output.transitions {
            if let index = all.firstIndex(where: { $0.startedAt == transition.alert.startedAt }) {
                all[index] = transition.alert
            } else {
                all.append(transition.alert)
            }
        }
    }
}
