/// What a user may set about detection; the defaults are right for most streams.
package struct DetectorSettings: Sendable, Equatable {
    /// Readings that a stream needs before its first model is fitted.
    package var warmUpReadings = 400
    /// The distance of readings in nanoseconds; nil infers it from each stream's readings.
    package var interval: Int64?
    /// The detector that is fitted.
    package var detector = DetectorKind.vae
    /// The kinds of evidence in use, of those that the detector has.
    package var evidence = Set(EvidenceKind.allCases)
    /// The false alarms that may occur in each stream.
    package var falseAlarms = FalseAlarmBudget.standard
    /// So many readings must lie over the threshold before an alert fires.
    package var holdReadings = 6
    /// They must lie within so many readings; where these are no more than ``holdReadings``, they must follow each other.
    package var holdWithin = 0
    /// After so many readings below the clearing threshold an alert resolves.
    package var keepFiringReadings = 128
    /// Nanoseconds after an alert's last reading over the clearing threshold within which it is not resolved, and fires on when
    /// scores are over the threshold for the hold again: a quick stream that comes and goes raises one alert.
    package var coolDown: Int64 = 15 * 60 * 1_000_000_000
    /// Nanoseconds by the wall clock that are waited, beyond three of a stream's usual times between arrivals, before its
    /// silence is an alert; nil never alerts of silence.
    package var silenceHold: Int64? = 60 * 1_000_000_000
    /// Nanoseconds for which an alert has fired when what it is about counts as the new normal; nil never adapts.
    package var adaptAfter: Int64? = 24 * 3_600 * 1_000_000_000
    /// Nanoseconds between trainings of a stream; nil never retrains.
    package var retrainEvery: Int64? = 6 * 3_600 * 1_000_000_000
    /// Whether ``retrainEvery`` follows the readings' time. Otherwise the daemon's clock asks for trainings.
    package var retrainsByEventTime = true
    /// At most so many of the newest readings are trained on.
    package var historyReadings = 20_000
    /// Nanoseconds that a history of them reaches back at least, where there are older readings: a part of them comes from
    /// stretches spread over that time then. 0 trains on the newest readings alone.
    package var historySpan: Int64 = 7 * 86_400 * 1_000_000_000
    /// Bytes that a training may take; a history that would take more is cut down.
    package var trainingMemory = 256 * 1_048_576
    /// Nanoseconds of the newest readings that are not learned from: what is wrong with them may not have shown yet.
    package var trainingGap: Int64 = 3_600 * 1_000_000_000
    /// Whether a training is asked for when scores of normal readings stop being what their calibration says.
    package var retrainsOnDrift = true
    /// How far the center of a channel may move with a training and within ``BaselineMove/memory``, in spreads, and by how much
    /// of itself its spread may grow; nil lets it move.
    package var mostDrift: Double? = 1
    /// The share of one core that trainings may take for which no reading waits.
    package var trainingShare = 0.5
    /// At most so many readings of all streams wait for a model that is in training; beyond it streams go on with what
    /// they have.
    package var heldReadingLimit = 65_536
    /// What somebody knows of some streams and channels; of two rules that say the same the later one counts.
    package var rules: [StreamRule] = []
    /// Which streams share weights; the first entry that a stream's name matches counts, and without one it is trained alone.
    package var modelScopes: [ModelScope] = []
    /// The seed from which every training's seed is derived.
    package var seed: UInt64 = 0

    /// The network's residual path is trained from this many readings on; with fewer the network stays in closed form, for 300 steps on
    /// 400 readings were measured to cost 0.014 of the live rank.
    package static let residualReadings = 1_000
    /// A stream is trained again with this many readings, of which the newest fifth is held out, and then whenever its
    /// history has doubled. It is the fewest with which a candidate has a trained network.
    package static let growthReadings = 1_280
    /// A candidate takes over this many readings after its training was asked for, so that it is the same reading
    /// whether training was quick or slow.
    package static let takeOverLag = 256
    /// Or so many nanoseconds, where that is less: a slow stream need not wait for days for what takes seconds. Thousands of streams
    /// that began together are trained in so long.
    private static let takeOverTime: Int64 = 4 * 3_600 * 1_000_000_000
    /// The same for a young member of a fleet, whose normalizer is all that is trained.
    package static let memberLag = 32

    /// ``holdWithin`` is no more than this.
    package static let longestHold = 10_000

    /// The defaults.
    package init() {}

    /// After how many readings a candidate of a stream in a rhythm takes over.
    package static func takeOverLag(_ cadence: Cadence) -> Int {
        min(takeOverLag, max(1, Int(takeOverTime / cadence.interval)))
    }

    /// The gap of a training. A first model has nothing but the newest readings, a young stream's history is still short, and to
    /// learn a new normal the newest readings are what counts; somebody, or time, has said of them that they are normal.
    package func gap(of reason: TrainingRequest.Reason) -> Int64 {
        switch reason {
        case .warmUp, .growth, .newNormal, .rollback: 0
        case .schedule, .command, .drift: trainingGap
        }
    }
}
