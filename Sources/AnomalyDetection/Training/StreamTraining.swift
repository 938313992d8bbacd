package import VAE

/// One training of a stream: all that it starts from, wherever that is kept, and how it is carried out.
package struct StreamTraining: Sendable {
    /// What was asked for.
    package var request: TrainingRequest
    /// The readings to train on, the request's newest one last.
    package var history: TrainingHistory
    /// What was said of the readings.
    package var labels: TrainingLabels
    /// The version that a candidate has to beat; nil where there is none.
    package var live: StreamModel?
    /// The weights of its fleet, where the stream is trained as a member of one and these are there.
    package var fleet: FleetModel?
    /// What earlier versions take for normal, from ``BaselineReference/init(_:trainedThrough:)``.
    package var references: [BaselineReference]
    /// The names of the stream's channels, for people.
    package var channelNames: [String]

    /// What came of a training, and of what is normal with it.
    package struct Result: Sendable {
        /// The decision and the candidate.
        package var outcome: ModelTrainer.Outcome
        /// Whether normal moved too far; nil where nothing was known to compare with.
        package var baseline: BaselineFinding?
    }

    /// A training from its parts.
    package init(
        request: TrainingRequest, history: TrainingHistory, labels: TrainingLabels = TrainingLabels(),
        live: StreamModel? = nil, fleet: FleetModel? = nil, references: [BaselineReference] = [],
        channelNames: [String] = []
    ) {
        self.request = request
        self.history = history
        self.labels = labels
        self.live = live
        self.fleet = fleet
        self.references = references
        self.channelNames = channelNames
    }

    /// Trains; nothing is stored.
    ///
    /// Throws ``FittingFailure/cancelled`` when `checkpoint` throws; every other failure is a decision.
    package func run(
        settings: DetectorSettings, training: TrainingSettings = TrainingSettings(),
        checkpoint: @escaping @Sendable () throws -> Void = {}
    ) throws(FittingFailure) -> Result {
        var outcome: ModelTrainer.Outcome
        if request.fleet == nil {
            outcome = try ModelTrainer(settings: settings, training: training, channelNames: channelNames).train(
                on: history, labels: labels, live: live, seed: request.seed, gap: settings.gap(of: request.reason),
                learnsNewNormal: request.reason == .newNormal, checkpoint: checkpoint)
        } else {
            outcome = try MemberTrainer(settings: settings, training: training, channelNames: channelNames).train(
                on: history, labels: labels, live: live, fleet: fleet, seed: request.seed, checkpoint: checkpoint)
        }
        let baseline = outcome.decision.judgeBaseline(
            of: outcome.candidate, against: references, reason: request.reason, limit: settings.mostDrift,
            names: channelNames)
        return Result(outcome: outcome, baseline: baseline)
    }
}
