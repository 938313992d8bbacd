/// All that training learned of a stream: how to normalize it, how to see that it is odd, and how odd is too odd.
///
/// It never changes; what moves along with a stream is in ``StreamScoringState``. It is a class because it is taken up with each reading,
/// and a copy would count up the references to all that it holds.
package final class StreamModel: Sendable {
    /// The rhythm of the readings.
    package let cadence: Cadence
    /// What is known of each channel, in the stream's order.
    package let profiles: [ChannelProfile]
    /// The network that parts read; nil where no part does.
    package let network: WindowNetwork?
    /// The evidence, in the order in which it is summed.
    package let parts: [any EvidencePart]
    /// From the sum of evidence to the anomaly score.
    package let calibration: ScoreCalibration
    /// From the settled sum of evidence to the settled score; nil in models of a time when there was none.
    package let settledCalibration: ScoreCalibration?
    /// The scores at which alerts start and end.
    package let threshold: AlertThreshold
    /// What ``threshold`` was derived from; nil in models that were read from a database.
    package let thresholdBasis: AlertThreshold.Basis?
    /// The readings that the weights were fitted to.
    package let trainedReadings: Int
    /// How long a time these tell of, in nanoseconds: more than they last where they come from stretches of it.
    package let knownSpan: Int64
    /// So many slots in a row have no reading in the windows that training saw; with more than a window bears beside it
    /// (``WindowLayout/bearableGap(usual:)``) it says nothing to the parts that need whole ones.
    package let usualGap: Int
    /// What training chose and why, for people: a line a choice.
    package let choices: [String]
    /// The fleet that parts and calibration come from; nil for a model that is the stream's alone.
    package let fleet: FleetMembership?

    /// The distinct windows that the parts look at.
    package let layouts: [WindowLayout]
    /// For each part its place in ``layouts``.
    package let layoutOfPart: [Int]
    /// The longest window, in slots.
    package let longestWindow: Int
    /// The window without which a reading has no score, in slots: the network's. Parts that look further back count as they usually do
    /// until they can see.
    package let scoredWindow: Int
    /// The part that keeps track of what was foretold; nil where there is none.
    package let foresight: Foresight?

    /// A model from its parts.
    package init(
        cadence: Cadence, profiles: [ChannelProfile], network: WindowNetwork? = nil, parts: [any EvidencePart],
        calibration: ScoreCalibration, settledCalibration: ScoreCalibration? = nil, threshold: AlertThreshold,
        thresholdBasis: AlertThreshold.Basis? = nil, trainedReadings: Int, knownSpan: Int64? = nil,
        usualGap: Int = 0, choices: [String]
    ) {
        self.cadence = cadence
        self.profiles = profiles
        self.network = network
        self.parts = parts
        self.calibration = calibration
        self.settledCalibration = settledCalibration
        self.threshold = threshold
        self.thresholdBasis = thresholdBasis
        self.trainedReadings = trainedReadings
        self.knownSpan = knownSpan ?? cadence.duration(ofReadings: Double(trainedReadings))
        self.usualGap = usualGap
        self.choices = choices
        fleet = nil
        var layouts: [WindowLayout] = []
        layoutOfPart = parts.map { part in
            if let index = layouts.firstIndex(of: part.layout) { return index }
            layouts.append(part.layout)
            return layouts.count - 1
        }
        self.layouts = layouts
        longestWindow = layouts.map(\.length).max() ?? 1
        scoredWindow = network?.layout.length ?? longestWindow
        foresight = parts.lazy.compactMap { $0 as? Foresight }.first
    }

    /// The model of a member of a fleet: what is not given is that of `base`, and shares its storage. The parts must be like those
    /// of `base`.
    init(
        memberOf base: StreamModel, cadence: Cadence, profiles: [ChannelProfile], parts: [any EvidencePart],
        threshold: AlertThreshold, trainedReadings: Int, fleet: FleetMembership
    ) {
        self.cadence = cadence
        self.profiles = profiles
        network = base.network
        self.parts = parts
        calibration = base.calibration
        settledCalibration = base.settledCalibration
        self.threshold = threshold
        thresholdBasis = base.thresholdBasis
        self.trainedReadings = trainedReadings
        knownSpan = cadence.duration(ofReadings: Double(trainedReadings))
        usualGap = base.usualGap
        choices = base.choices
        self.fleet = fleet
        layouts = base.layouts
        layoutOfPart = base.layoutOfPart
        longestWindow = base.longestWindow
        scoredWindow = base.scoredWindow
        foresight = base.foresight
    }

    /// Whether it has learned too little of the day's course to tell it from a fault.
    package var isYoung: Bool { knownSpan < SlowContext.ending }

    /// The sum of evidence at which an alert clears.
    package var clearingSum: Float { Float(calibration.sum(atScore: Double(threshold.clearing))) }

    /// The settled score of a reading whose windows would on average have fired an alert.
    package var settledFiringScore: Float? {
        settledCalibration?.score(Float(calibration.sum(atScore: Double(threshold.firing))))
    }

    /// The number of channels that the model knows; a stream may have gained more since.
    package var channelCount: Int { profiles.count }
}

/// What moves along with a stream under a model: its newest slots, the context of the parts that fade, the evidence that is held, and
/// what was foretold.
package struct StreamScoringState: Sendable {
    /// The newest slots.
    package var history: StreamHistory
    /// For each part that fades the moving average of its ratio; unused for the others.
    package var context: [Float]
    /// The evidence of the newest readings, which the live score holds.
    package var held = HeldEvidence()
    /// What the network foretold.
    package var foresight: ForesightState

    /// Slots that are kept whatever the model, so that a model with longer windows can take over at any reading.
    package static let keptSlots = Context.lengths.max() ?? CharacteristicLength.longest

    /// After a gap of more slots a new stretch begins.
    package static let longestGap = CharacteristicLength.longest

    /// The newest readings that make all kept slots: their own, and those from which missing values are filled in.
    package static let readingsToFill = keptSlots + HeldValues.slotLimit

    /// The state of a stream without a model.
    package init() {
        history = StreamHistory(channelCount: 0, keptSlots: 1)
        context = []
        foresight = ForesightState()
    }

    /// The state before the first reading under a model.
    package init(model: StreamModel) {
        history = StreamHistory(
            channelCount: model.channelCount, keptSlots: max(Self.keptSlots, model.longestWindow),
            longestGap: Self.longestGap)
        context = [Float](repeating: 0, count: model.parts.count)
        foresight = ForesightState(
            horizons: model.foresight?.horizons ?? [], channelCount: model.foresight?.layout.channels.count ?? 0)
    }
}
