/// What the detector has to say about a batch of readings; all of it is stored in one transaction.
package struct DetectionOutput: Sendable {
    /// An accepted reading and its score.
    package struct Row: Sendable, Equatable {
        /// The stream.
        package var stream: StreamID
        /// The time of the reading.
        package var time: Timestamp
        /// Where the reading's values begin in ``DetectionOutput/values``.
        package var valueStart: Int
        /// How many channels the stream had when the reading came.
        package var valueCount: Int
        /// The anomaly score, with what is held of the evidence before it (``HeldEvidence``); NaN during warm-up, and while the reading
        /// waits for a model that is in training.
        package var score: Float
        /// The sum of evidence of the reading alone, on which alerts are decided; NaN where there is none.
        package var sum = Float.nan
        /// The score of a sum of evidence with which an alert would have started; NaN where there is none.
        package var threshold = Float.nan
        /// Whether it is one of every ``milestoneReadings`` of its stream, with which that is stored which moves slowly.
        package var isMilestone = false
        /// A stream's readings from one milestone to the next.
        package static let milestoneReadings = 64
        /// What kept the reading from beginning an alert; nil where nothing did.
        package var restraint: AlertRestraint?
        /// The model version that gave the score; 0 where there is none.
        package var modelID: Int64
        /// Whether an alert of the stream was pending or firing with this reading.
        package var isAlerting: Bool
        /// Whether an alert of the stream was firing with this reading.
        package var isFiring = false
        /// Where the values expected of the reading begin in ``DetectionOutput/expected``; -1 where there are none.
        package var expectedStart = -1

        /// A reading with its score.
        package init(
            stream: StreamID, time: Timestamp, valueStart: Int, valueCount: Int, score: Float, modelID: Int64,
            isAlerting: Bool
        ) {
            self.stream = stream
            self.time = time
            self.valueStart = valueStart
            self.valueCount = valueCount
            self.score = score
            self.modelID = modelID
            self.isAlerting = isAlerting
        }
    }

    /// What a reading settled to, once the windows that cover it were scored.
    package struct SettledRow: Sendable, Equatable {
        /// The stream.
        package var stream: StreamID
        /// The time of the reading.
        package var time: Timestamp
        /// The settled score.
        package var score: Float
        /// The place of the reading in ``DetectionOutput/rows``; -1 when it came with an earlier output.
        package var row: Int

        /// A settled reading.
        package init(stream: StreamID, time: Timestamp, score: Float, row: Int = -1) {
            self.stream = stream
            self.time = time
            self.score = score
            self.row = row
        }
    }

    /// Where settled scores place an alert in time.
    package struct SettledAlert: Sendable, Equatable {
        /// The stream.
        package var stream: StreamID
        /// The alert's ``Alert/startedAt``, by which it is known in its stream.
        package var startedAt: Timestamp
        /// The reading with whose settled score it became known.
        package var settledAt: Timestamp
        /// The first and the last of the alert's readings; nil when settled scores do not bear the alert out.
        package var extent: ClosedRange<Timestamp>?

        /// An alert's place.
        package init(stream: StreamID, startedAt: Timestamp, settledAt: Timestamp, extent: ClosedRange<Timestamp>?) {
            self.stream = stream
            self.startedAt = startedAt
            self.settledAt = settledAt
            self.extent = extent
        }
    }

    /// Readings over the threshold that raise no alert, because of a rule.
    package struct RuleHold: Sendable, Equatable {
        /// The stream.
        package var stream: StreamID
        /// The first reading over the threshold, by which it is known in its stream.
        package var startedAt: Timestamp
        /// The newest reading with which an alert would have fired.
        package var through: Timestamp
        /// The leading channel of those that do not count.
        package var channel: String
        /// What the rule says, such as `direction: up`.
        package var rule: String
        /// The highest score.
        package var peakScore: Double
        /// Whether it is over.
        package var isOver = false

        /// What a rule held back.
        package init(
            stream: StreamID, startedAt: Timestamp, through: Timestamp, channel: String, rule: String, peakScore: Double
        ) {
            self.stream = stream
            self.startedAt = startedAt
            self.through = through
            self.channel = channel
            self.rule = rule
            self.peakScore = peakScore
        }
    }

    /// A reading as the model rebuilds it: the mean over all windows that cover it.
    package struct DenoisedRow: Sendable, Equatable {
        /// The stream.
        package var stream: StreamID
        /// The time of the reading.
        package var time: Timestamp
        /// Where its values begin in ``DetectionOutput/denoisedValues``.
        package var start: Int
        /// How many values it has: the channels of the model.
        package var count: Int

        /// A denoised reading.
        package init(stream: StreamID, time: Timestamp, start: Int, count: Int) {
            self.stream = stream
            self.time = time
            self.start = start
            self.count = count
        }
    }

    /// Readings to be inserted, in the order in which they were accepted.
    package var rows: [Row] = []
    /// The values of the readings, channel by channel; NaN where missing.
    package var values: [Double] = []
    /// Readings that are stored already and have their score only now; their values are empty.
    package var scoredLater: [Row] = []
    /// Readings that have their settled score now, for each stream in the order of time. One that settled with the end of
    /// input, when not all of the windows that cover it were scored, comes again when its stream goes on.
    package var settled: [SettledRow] = []
    /// Alerts that were resolved earlier and whose readings have settled now.
    package var settledAlerts: [SettledAlert] = []
    /// The values expected of readings, channel by channel; NaN where the model has no idea. Filled in on request only.
    package var expected: [Double] = []
    /// Readings that no later window covers, for each stream in the order of time. Filled in on request only. As in ``settled``
    /// one that was asked for too early comes again.
    package var denoised: [DenoisedRow] = []
    /// The values of denoised readings, channel by channel, in the channels' units; NaN for channels that stay out of windows.
    package var denoisedValues: [Double] = []
    /// Model versions that went live with a reading of this batch.
    package var adoptedModels: [Int64] = []
    /// Steps in the life of alerts, in order.
    package var transitions: [AlertTransition] = []
    /// What rules held back: with the first reading for which they did, and when it was over.
    package var ruleHolds: [RuleHold] = []
    /// Streams whose history is now long or old enough to train on.
    package var trainingRequests: [TrainingRequest] = []
    /// Fleets whose weights are to be trained; to be carried out before ``trainingRequests``, which may refer to them.
    package var fleetRequests: [FleetRequest] = []
    /// Alerts that fire and have lasted so long that what they are about counts as normal from their start on.
    package var newNormals: [Alert] = []
    /// Streams whose state changed.
    package var changedStreams: [StreamID] = []
    /// Readings that were not accepted because their time was not later than the stream's newest.
    package var lateCount = 0

    /// An output that says nothing.
    package init() {}

    /// Empties the output and keeps its memory.
    package mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        scoredLater.removeAll(keepingCapacity: true)
        settled.removeAll(keepingCapacity: true)
        settledAlerts.removeAll(keepingCapacity: true)
        expected.removeAll(keepingCapacity: true)
        denoised.removeAll(keepingCapacity: true)
        denoisedValues.removeAll(keepingCapacity: true)
        adoptedModels.removeAll(keepingCapacity: true)
        transitions.removeAll(keepingCapacity: true)
        newNormals.removeAll(keepingCapacity: true)
        ruleHolds.removeAll(keepingCapacity: true)
        trainingRequests.removeAll(keepingCapacity: true)
        fleetRequests.removeAll(keepingCapacity: true)
        changedStreams.removeAll(keepingCapacity: true)
        lateCount = 0
    }
}

/// Asks for a candidate to be trained on the stream's history up to a reading.
package struct TrainingRequest: Sendable, Equatable {
    /// Why the training is due.
    package enum Reason: String, Sendable {
        /// The stream has enough readings for a first model.
        case warmUp = "warm_up"
        /// The stream's history has grown so much that it knows more of what is normal.
        case growth
        /// The time between trainings has passed.
        case schedule
        /// Somebody asked, by signal or command.
        case command
        /// What an alert is about has become normal: it has lasted, or somebody said so.
        case newNormal = "new_normal"
        /// The scores of normal readings have stopped being what the calibration says.
        case drift
        /// The live version broke its false-alarm budget on its first day: nothing is trained, and the version before comes back.
        case rollback
    }

    /// The stream.
    package var stream: StreamID
    /// Why.
    package var reason: Reason
    /// The newest reading that may be trained on.
    package var throughTime: Timestamp
    /// How many readings the stream had accepted by then.
    package var throughReading: Int
    /// The number of the first reading that a promoted candidate scores, counted from 0.
    package var effectiveFromReading: Int
    /// The seed of all randomness in the training.
    package var seed: UInt64
    /// What comes back and why, where ``reason`` is ``Reason/rollback``.
    package var rollback: RollbackPlan?
    /// The weights that are to be used; nil for a stream that is trained alone.
    package var fleet: FleetReference?

    /// A request.
    package init(
        stream: StreamID, reason: Reason, throughTime: Timestamp, throughReading: Int, effectiveFromReading: Int,
        seed: UInt64, rollback: RollbackPlan? = nil, fleet: FleetReference? = nil
    ) {
        self.stream = stream
        self.reason = reason
        self.throughTime = throughTime
        self.throughReading = throughReading
        self.effectiveFromReading = effectiveFromReading
        self.seed = seed
        self.rollback = rollback
        self.fleet = fleet
    }
}
