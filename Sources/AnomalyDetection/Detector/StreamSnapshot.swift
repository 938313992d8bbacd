/// What has to be stored of a stream, beside its readings and alerts, to go on as if nothing had happened.
package struct StreamSnapshot: Sendable, Equatable {
    var processedCount: Int
    /// Readings that wait for a model; they are the stream's newest stored ones.
    package var heldCount: Int
    var channelCount: Int
    var machine: AlertStateMachine
    var openAlert: Alert?
    var context: [Float]
    var schedule: TrainingSchedule
    var waitingSums = WaitingSums()
    var extents = SettledExtents()
    /// The calibration where it has moved on from the model's.
    var calibration: MovedCalibration?

    /// The alert of a silence that lasts.
    var silence: Alert?
    /// The alert of values that cannot be, and how long they have been possible again.
    var range = RangeWatch()
    /// What a rule holds back.
    var ruleHold: DetectionOutput.RuleHold?
    /// The usual time between arrivals, in nanoseconds; 0 where it is not known.
    var usualGap = 0.0
    /// The start of the alert that a training under way learns as normal.
    var adaptingSince: Timestamp?
    /// What alerts have made of the stream's level.
    var control = AlarmRateControl()
    /// The mean sum of the last hour under a young model.
    var slowContext: Float?
    /// The alert of a normal that has moved.
    var movedBaseline: Alert?
    /// What was counted to see scores drift; nil under a young model.
    var drift: Drift?
    /// How the live model has done so far.
    var tenure: ModelTenure?

    /// The weights of the stream's fleet that its trainings use.
    var fleetSightings = FleetSightings()
    /// The evidence that live scores hold.
    var heldEvidence = HeldEvidence()

    /// What live sums have made of the model's calibration; nil where nothing was counted yet.
    package var liveCalibration: LiveCalibration? { calibration?.calibration }

    /// What was counted under a model.
    struct Drift: Sendable, Equatable {
        /// The model that gave the sums.
        var modelID: Int64
        /// The counts.
        var counts: ScoreDrift.Counts
    }

    /// What live sums have made of a model's calibration.
    struct MovedCalibration: Sendable, Equatable {
        /// The model that gave the sums; those of another would mean something else.
        var modelID: Int64
        /// The calibration as it stands.
        var calibration: LiveCalibration
    }

    /// The live sums of readings that wait for their settled score, beside which only the readings are stored.
    struct WaitingSums: Sendable, Equatable {
        /// The model that gave the sums; those of another would mean something else.
        var modelID: Int64 = 0
        /// For each reading, oldest first, how many readings came after it.
        var ages: [UInt8] = []
        /// For each reading the sum behind its live score.
        var sums: [Float] = []
        /// For each reading its own sum of evidence.
        var evidence: [Float] = []
    }
}

extension StreamSnapshot {
    /// The snapshot of a stream of which nothing was stored but readings.
    package init(settings: DetectorSettings) {
        self.init(
            processedCount: 0, heldCount: 0, channelCount: 0, machine: AlertStateMachine(), openAlert: nil, context: [],
            schedule: TrainingSchedule(firstTrainingReading: settings.warmUpReadings))
    }

    /// The snapshot of a stream that is scored with a finished model and never trained.
    package static func scoringOnly(channelCount: Int) -> StreamSnapshot {
        StreamSnapshot(
            processedCount: 0, heldCount: 0, channelCount: channelCount, machine: AlertStateMachine(), openAlert: nil,
            context: [], schedule: TrainingSchedule(firstTrainingReading: .max, lastReading: .max / 2))
    }
}
