/// From sums of evidence to scores and thresholds, as one stream has them now under one model.
///
/// It begins with what the model's training gave and follows the stream's normal readings (``LiveCalibration``). Thresholds move
/// only when a block of readings is complete, so that alerts do not flicker with single readings.
struct LiveScale: Sendable {
    /// The calibration.
    private(set) var calibration: LiveCalibration
    /// The scores at which alerts start and end.
    private(set) var threshold: AlertThreshold
    /// What the model, while it is young, measures oddness against; nil for one that has seen days.
    private(set) var context: SlowContext?
    private let trained: ScoreCalibration
    private let trainedThreshold: AlertThreshold
    /// The sum at which alerts begin, but for what the context and the control of the rate of alarms make of it.
    private(set) var firingSum: Float
    /// No alert goes on below this sum.
    private var clearingFloor: Float
    /// The sum to which alerts that were asked for may lower the level, and what was asked for; nil until it is needed.
    private var floor: (alarmShare: Double, sum: Float)?
    /// How much less likely ``firingSum`` has become since the training, in powers of ten.
    private var lift = 0.0

    /// What became of one reading.
    struct Observation {
        /// The anomaly score of the reading's own sum, on which its alert is decided.
        var score: Float
        /// The live score: that of the sum with what is held.
        var heldScore: Float
        /// The scores at which an alert would have started and ended with it.
        var threshold: AlertThreshold
        /// What the alert's owner has to do.
        var action: AlertStateMachine.Action
        /// What kept it from beginning an alert; nil where nothing did.
        var restraint: AlertRestraint?
    }

    /// Begins with a model, or with another threshold for it, or goes on with a calibration that has moved on.
    init(
        _ model: StreamModel, threshold: AlertThreshold? = nil, calibration: LiveCalibration? = nil,
        contextMean: Float? = nil
    ) {
        context = model.isYoung ? SlowContext(cadence: model.cadence, mean: contextMean) : nil
        trained = model.calibration
        trainedThreshold = threshold ?? model.threshold
        self.threshold = trainedThreshold
        firingSum = self.threshold.sums(trained).firing
        clearingFloor = AlertThreshold.clearingFloor(trained)
        self.calibration = calibration ?? LiveCalibration(trained)
        if self.calibration.hasChanged { moveThreshold() }
    }

    /// Scores a reading, moves the stream's alert along, and learns from the reading where it counts as normal: where no alert
    /// is pending or firing with it, and `learns` does not say otherwise. A known false alarm, of which nobody is told, does not
    /// cool down.
    mutating func observe(
        _ sum: Float, held heldSum: Float, at time: Timestamp, timing: AlertTiming, coolsDown: Bool,
        learns: Bool = true,
        _ machine: inout AlertStateMachine, _ control: inout AlarmRateControl
    ) -> Observation {
        let (score, heldScore) = (score(sum), score(heldSum))
        if case .firing(let start, _) = machine.state {
            control.fireOn(timing.alarmShare, lastedShare: timing.share(from: start, to: time))
        } else {
            control.pass(timing.alarmShare)
        }
        let (level, threshold) = inForce(control, alarmShare: timing.alarmShare)
        let hold = timing.hold(sum: sum, level: level)
        let action = machine.observe(
            score, at: time, threshold: threshold, holdDuration: hold.duration,
            keepFiringDuration: timing.keepFiringDuration, coolDownDuration: coolsDown ? timing.coolDownDuration : 0,
            scattered: hold.scattered)
        switch action {
        case .fire: control.begin(level: level, sum: sum)
        case .sustain: control.goOn(sum: sum)
        case .none, .resolve: break
        }
        let restraint = restraint(of: sum, score: score, level: level, threshold: threshold, machine)
        if !machine.isFiring, learns { context?.follow(sum) }
        if !machine.isActive, learns, calibration.count(sum, below: firingSum) { moveThreshold() }
        return Observation(
            score: score, heldScore: heldScore, threshold: threshold, action: action, restraint: restraint)
    }

    /// What kept a reading from beginning an alert, seen from where the machine went with it.
    private func restraint(
        of sum: Float, score: Float, level: Float, threshold: AlertThreshold, _ machine: AlertStateMachine
    ) -> AlertRestraint? {
        if score >= threshold.firing {
            switch machine.state {
            case .pending: return .pending
            case .cooling: return .coolDown
            case .inactive, .firing: return nil
            }
        }
        guard sum >= firingSum, !machine.isFiring else { return nil }
        return context.map { $0.leastSum >= level } == true ? .youngModel : .budget
    }

    /// The sum at which an alert begins now, and the threshold that it comes to.
    mutating func inForce(
        _ control: AlarmRateControl, alarmShare: Double
    ) -> (level: Float, threshold: AlertThreshold) {
        let lowest = control.factor < 1 ? control.floorFactor * floor(alarmShare) : 0
        let level = max(AlertThreshold.lowered(firingSum, by: control.factor, floor: lowest), context?.leastSum ?? 0)
        var threshold = threshold
        threshold.firing = score(level)
        threshold.clearing = score(AlertThreshold.clearingSum(level, floor: clearingFloor))
        return (level, threshold)
    }

    /// A quiet stream needs it with every reading, and it changes only with the calibration.
    private mutating func floor(_ alarmShare: Double) -> Float {
        if let floor, floor.alarmShare == alarmShare { return floor.sum }
        let sum = AlertThreshold.floor(calibration.current, alarmShare: alarmShare)
        floor = (alarmShare, sum)
        return sum
    }

    /// The anomaly score of a sum.
    ///
    /// Over the sum at which alerts fire, where nothing is learned, scores rise as they do by the training. How high a fault
    /// scores then does not depend on how normal has decayed since below that sum.
    func score(_ sum: Float) -> Float {
        guard calibration.hasChanged, sum > firingSum else { return calibration.score(sum) }
        return Float(ScoreCeiling.told(trained.extrapolatedScore(sum) + lift))
    }

    private mutating func moveThreshold() {
        threshold = trainedThreshold.moved(to: calibration.current, from: trained)
        firingSum = threshold.sums(calibration.current).firing
        clearingFloor = AlertThreshold.clearingFloor(calibration.current)
        floor = nil
        lift = calibration.current.extrapolatedScore(firingSum) - trained.extrapolatedScore(firingSum)
    }
}
