/// The bookkeeping of a training: when to look at the held-out windows, which weights did best there, and when to end.
struct TrainingProgress: Sendable {
    /// How far it has come.
    private(set) var report: TrainingReport
    /// Whether there is nothing left to do.
    var isFinished: Bool { report.outcome != .running }
    /// Whether it is time to look at the held-out windows.
    var isLookDue: Bool {
        report.stepCount == report.stepLimit || report.stepCount.isMultiple(of: checkInterval)
    }

    private let checkInterval: Int
    private let patience: Int
    private var bestParameters: [Float]
    private var lossSum = 0.0
    private var looksWithoutProgress = 0

    init(trainingCount: Int, heldOutCount: Int, parameters: [Float], settings: TrainingSettings) {
        checkInterval = settings.checkInterval
        patience = settings.patience
        // A copy of its own, made here: arrays that share their memory would be copied in a later step.
        bestParameters = parameters.map { $0 }
        report = TrainingReport(
            stepLimit: settings.stepCount, trainingWindowCount: trainingCount, heldOutWindowCount: heldOutCount)
    }

    /// The weights that the training gives: the best at the last look, or the last where nothing is held out.
    func result(last parameters: [Float]) -> [Float] {
        let isJudged = report.heldOutWindowCount > 0 || report.outcome == .diverged
        return isJudged ? bestParameters : parameters
    }

    /// Ends the training: something is no longer finite.
    mutating func diverge() { report.outcome = .diverged }

    /// Counts a step that was made, with the loss before it.
    mutating func countStep(loss: Double) {
        lossSum += loss
        report.stepCount += 1
    }

    /// Takes note of the held-out windows' loss before the first step, under the weights that it was made with.
    mutating func lookAtStart(heldOutLoss loss: Double) {
        if loss.isFinite { report.heldOutLoss = loss }
    }

    /// Takes note of a look at the held-out windows, whose loss is nil where there are none.
    mutating func look(heldOutLoss loss: Double?, parameters: [Float]) {
        let stepsSince = (report.stepCount - 1) % checkInterval + 1
        report.trainingLoss = lossSum / Double(stepsSince)
        lossSum = 0
        if let loss {
            // Not `>=`: the first look compares with NaN.
            if !(loss >= report.heldOutLoss) && loss.isFinite {
                report.heldOutLoss = loss
                looksWithoutProgress = 0
                keep(parameters)
            } else {
                looksWithoutProgress += 1
            }
        } else {
            keep(parameters)
        }
        if report.stepCount == report.stepLimit {
            report.outcome = .completed
        } else if looksWithoutProgress >= patience {
            report.outcome = .stoppedEarly
        }
    }

    private mutating func keep(_ parameters: [Float]) {
        report.bestStep = report.stepCount
        for index in parameters.indices { bestParameters[index] = parameters[index] }
    }
}
