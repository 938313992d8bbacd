package import AnomalyDetection

/// Where the detector stands with a stream: what people are told, and what it needs itself to go on after a restart.
package struct StreamState: Sendable, Equatable {
    /// What people are told.
    package var status: StreamStatus
    /// The detector's own state, which the store does not look into.
    package var bytes: [UInt8]

    /// A state.
    package init(status: StreamStatus, bytes: [UInt8]) {
        self.status = status
        self.bytes = bytes
    }
}

/// Where the detector stands with a stream, as people are told.
package struct StreamStatus: Sendable, Equatable {
    /// Whether the stream is scored yet.
    package enum Phase: String, Sendable, Codable {
        /// It has too few readings for a model.
        case warmingUp = "warming_up"
        /// It has a model, which scores its readings.
        case scoring
    }

    /// Whether the stream is scored yet.
    package var phase: Phase
    /// The readings accepted so far.
    package var readings: Int
    /// The readings that are still needed before a first model can be trained; 0 once they are there.
    package var readingsNeeded: Int
    /// The score that fires an alert; nil during warm-up.
    package var threshold: Double?
    /// Whether that threshold is provisional, because history is too short for the false-alarm budget.
    package var isThresholdProvisional: Bool
    /// The false alarms that were asked for; nil in states that were stored before it was noted.
    package var falseAlarms: FalseAlarmBudget?
    /// One sentence on why the stream is where it is.
    package var detail: String

    /// A status.
    package init(
        phase: Phase, readings: Int, readingsNeeded: Int = 0, threshold: Double? = nil,
        isThresholdProvisional: Bool = false, falseAlarms: FalseAlarmBudget? = nil, detail: String = ""
    ) {
        self.phase = phase
        self.readings = readings
        self.readingsNeeded = readingsNeeded
        self.threshold = threshold
        self.isThresholdProvisional = isThresholdProvisional
        self.falseAlarms = falseAlarms
        self.detail = detail
    }
}
