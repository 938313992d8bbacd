/// From sums of evidence to scores and thresholds, as one stream has them now under one model.
///
/// It begins with what the model's training gave and follows the stream's normal readings (``LiveCalibration``). Thresholds move
/// only when a block of readings is complete, so that alerts do not flicker with single readings.
struct LiveScale: Sendable {
    /// The calibration.
    private(set) var calibration: LiveCalibration
    /// The scores at which alerts start and end.
    private(set) var threshold: AlertThreshold
    private let trained: ScoreCalibration
    private let trainedThreshold: AlertThreshold
    private var firingSum: Float

    /// Begins with a model, or with another threshold for it, or goes on with a calibration that has moved on.
    init(_ model: StreamModel, threshold: AlertThreshold? = nil, calibration: LiveCalibration? = nil) {
        trained = model.calibration
        trainedThreshold = threshold ?? model.threshold
        self.threshold = trainedThreshold
        firingSum = self.threshold.sums(trained).firing
        self.calibration = calibration ?? LiveCalibration(trained)
        if self.calibration.hasChanged { moveThreshold() }
    }

    /// Scores a reading, moves the stream's alert along, and learns from the reading where it counts as normal: where no alert
    /// is pending or firing with it.
    mutating func observe(
        _ sum: Float, at time: Timestamp, timing: AlertTiming, _ machine: inout AlertStateMachine
    ) -> (score: Float, action: AlertStateMachine.Action) {
        let score = calibration.score(sum)
        let action = machine.observe(
            score, at: time, threshold: threshold, holdDuration: timing.holdDuration,
            keepFiringDuration: timing.keepFiringDuration)
        if !machine.isActive, calibration.count(sum, below: firingSum) { moveThreshold() }
        return (score, action)
    }

    private mutating func moveThreshold() {
        threshold = trainedThreshold.moved(to: calibration.current, from: trained)
        firingSum = threshold.sums(calibration.current).firing
    }
}
