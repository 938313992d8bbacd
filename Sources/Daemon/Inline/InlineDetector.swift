import AnomalyDetection

/// The daemon's detector on readings from a file: the same engine and the same training, which is carried out in line.
///
/// There is no database: what is trained on is kept in memory. As the engine, it has a single owner.
final class InlineDetector {
    /// What the detector says; it may come in several pieces for a batch, in the order of each stream's readings.
    typealias Body = (DetectionOutput) -> Void

    /// The settings in force.
    let settings: DetectorSettings
    /// The model versions that were trained, by their numbers, from 1.
    private(set) var trainedModels: [Int64: StreamModel] = [:]
    /// Why the newest training gave no model; nil where it gave one.
    private(set) var refusal: String?

    private var engine: DetectionEngine
    private let names: SharedStreamTable
    private let models: [String: LiveModel]
    private let warn: (String) -> Void
    private var output = DetectionOutput()
    private var histories: [InlineHistory] = []
    /// What the versions of each stream that are not young took for normal, oldest first.
    private var baselines: [StreamID: [BaselineReference]] = [:]
    /// The weights of each fleet, by its number, and the requests behind them.
    private var fleetModels: [Int: [FleetModel]] = [:]
    private var fleetRequests: [Int: FleetRequest] = [:]
    private var newNormals = InlineNewNormals()

    /// A detector of no streams yet, whose names will be in `names`. Messages for people go to `warn`.
    ///
    /// With `trainRows` the model of a stream is fitted to its first so many readings, and to nothing later; without it the
    /// detector does as the daemon does, without the retraining that a schedule asks for unless it `retrains`. Where there are
    /// `models`, by the streams' names, they score and nothing is trained.
    init(
        settings: DetectorSettings, trainRows: Int?, retrains: Bool = false, models: [String: LiveModel] = [:],
        names: SharedStreamTable, wantsExpected: Bool, wantsDenoised: Bool = false, warn: @escaping (String) -> Void
    ) {
        var settings = settings
        if let trainRows {
            settings.warmUpReadings = trainRows
            settings.historyReadings = max(settings.historyReadings, trainRows)
            settings.retrainEvery = nil
        } else if !retrains {
            // The growth to the autoencoder belongs to learning; a schedule does not.
            settings.retrainEvery = .max
            settings.retrainsOnDrift = false
        }
        self.settings = settings
        self.models = models
        self.names = names
        self.warn = warn
        engine = Self.engine(settings, names, wantsExpected: wantsExpected, wantsDenoised: wantsDenoised)
    }

    private static func engine(
        _ settings: DetectorSettings, _ names: SharedStreamTable, wantsExpected: Bool, wantsDenoised: Bool
    ) -> DetectionEngine {
        let scopes = settings.modelScopes
        let engine = DetectionEngine(
            settings: settings, streamName: { stream in names.withTable { $0.name(of: stream) } },
            fleetKey: { scopes.fleetKey(of: $0, in: names) },
            names: { stream in names.withTable { $0.channels(of: stream) } })
        (engine.wantsExpected, engine.wantsDenoised) = (wantsExpected, wantsDenoised)
        return engine
    }

    /// Goes on as a daemon does that was stopped and started: from snapshots, the newest readings, and the models.
    func restart() throws {
        let old = engine
        engine = Self.engine(
            settings, names, wantsExpected: old.wantsExpected, wantsDenoised: old.wantsDenoised)
        engine.restore(fleets: fleetRequests.sorted { $0.key < $1.key }.map(\.value))
        for stream in (0..<old.streamCount).map({ StreamID($0) }) {
            let snapshot = try StreamSnapshot(decoding: old.snapshot(of: stream).encoded())
            let history = histories[stream.index].newest(DetectionEngine.readingsToResume + snapshot.heldCount)
            engine.resume(
                stream, from: snapshot, readings: history, live: old.liveModel(of: stream), scheduled: nil,
                into: &output)
        }
        engine.goOn(into: &output)
    }

    /// Takes a batch of readings and carries out the trainings that fall due.
    func detect(_ batch: ReadingBatch, _ body: Body) {
        if !models.isEmpty { installModels() }
        engine.ingest(batch, into: &output)
        carryOutTrainings(body)
    }

    /// Ends the input: readings of which channels are missing are taken as they are, and what waits for its settled score or
    /// to be denoised gets what there is.
    func finish(_ body: Body) {
        engine.completeReadings(into: &output)
        carryOutTrainings(body)
        settleWaiting(body)
    }

    /// Says what readings that wait for their settled score, or to be denoised, come to with what there is; they go on
    /// waiting.
    func settleWaiting(_ body: Body) {
        engine.settleWaiting(into: &output)
        body(output)
        output.removeAll()
    }

    /// Whether the model that scores a stream gives settled scores.
    func settles(_ stream: StreamID) -> Bool {
        engine.liveModel(of: stream)?.model.settledCalibration != nil
    }

    /// Whether a stream's reading of this time still waits for more of its channels.
    func isAssembling(_ stream: StreamID, at time: Timestamp) -> Bool {
        engine.assemblingTime(of: stream) == time
    }

    /// What was expected of a reading, channel by channel, NaN where the model has no idea; empty where there is no model.
    func expected(of row: DetectionOutput.Row, in output: DetectionOutput) -> ArraySlice<Double> {
        guard row.expectedStart >= 0, let live = engine.liveModel(of: row.stream) else { return [] }
        return output.expected[
            row.expectedStart..<min(row.expectedStart + live.model.channelCount, output.expected.count)]
    }

    /// Streams that were seen for the first time get their models.
    private func installModels() {
        while engine.streamCount < names.withTable({ $0.count }) {
            let stream = StreamID(engine.streamCount)
            let (name, channels) = names.withTable { ($0.name(of: stream), $0.channels(of: stream)) }
            let model = models[name] ?? (models.count == 1 ? models.first?.value : nil)
            if model == nil { warn("the database has no model for stream \(name); its rows are not scored") }
            engine.resume(
                stream, from: .scoringOnly(channelCount: model?.model.channelCount ?? channels.count),
                readings: TrainingHistory(channelCount: channels.count), live: model, scheduled: nil, into: &output)
        }
    }

    /// Hands out what the engine says, and carries out the trainings that it asks for until it asks for none.
    private func carryOutTrainings(_ body: Body) {
        while true {
            remember(output)
            body(output)
            let (requests, fleets) = (output.trainingRequests, output.fleetRequests)
            output.removeAll()
            if models.isEmpty { for request in fleets { trainWeights(request) } }
            guard !requests.isEmpty, models.isEmpty else { break }
            for request in requests { engine.install(train(request), into: &output) }
        }
    }

    private func remember(_ output: DetectionOutput) {
        newNormals.note(output)
        for row in output.rows {
            while histories.count <= row.stream.index {
                histories.append(InlineHistory(limit: settings.historyReadings, span: settings.historySpan))
            }
            histories[row.stream.index].append(
                output.values[row.valueStart..<(row.valueStart + row.valueCount)], at: row.time,
                isAlerting: row.isAlerting)
        }
        for row in output.scoredLater {
            histories[row.stream.index].setAlerting(row.isAlerting, at: row.time)
        }
        for row in output.settled { histories[row.stream.index].setSettled(row.score, at: row.time) }
    }

    /// Trains the weights of a fleet, for trainings of its streams to use.
    private func trainWeights(_ request: FleetRequest) {
        fleetRequests[request.fleet] = request
        let limit = FleetTrainer.historyLimit(memberCount: request.members.count, settings: settings)
        let members = request.members.compactMap { member -> FleetTrainer.Member? in
            let history = histories[member.stream.index].history(
                through: member.throughTime, plan: HistoryPlan(limit: limit, span: 0))
            guard history.channelCount == request.key.channels.count else { return nil }
            return FleetTrainer.Member(history: history)
        }
        do {
            let outcome = try FleetTrainer(settings: settings, channelNames: request.key.channels).train(
                on: members, live: fleetModels[request.fleet]?.last, version: request.version, seed: request.seed)
            warn(
                "fleet \(request.key.pattern): weights \(request.version) \(outcome.decision.verdict.rawValue): "
                    + outcome.decision.reason)
            guard outcome.decision.verdict == .promoted, let weights = outcome.model else { return }
            for choice in weights.base.choices { warn("  \(choice)") }
            fleetModels[request.fleet, default: []].append(weights)
        } catch {
            warn("fleet \(request.key.pattern): no weights: \(error)")
        }
    }

    private func train(_ request: TrainingRequest) -> TrainingResult {
        if let plan = request.rollback {
            warn("stream \(names.withTable { $0.name(of: request.stream) }): \(plan.explanation)")
            return TrainingResult(
                request: request, promoted: trainedModels[plan.to].map { LiveModel(id: plan.to, model: $0) },
                reason: plan.explanation)
        }
        let live = engine.liveModel(of: request.stream)
        do {
            let (name, channels) = names.withTable { ($0.name(of: request.stream), $0.channels(of: request.stream)) }
            let labels = newNormals.labels(for: request)
            let history = histories[request.stream.index].history(
                through: request.throughTime,
                plan: HistoryPlan(settings, channelCount: channels.count, reason: request.reason),
                pinned: labels.newNormalStart)
            let fleet = request.fleet.flatMap { reference in
                fleetModels[reference.fleet]?.last { $0.version <= reference.version }
            }
            let result = try StreamTraining(
                request: request, history: history, labels: labels, live: live?.model, fleet: fleet,
                references: references(for: request), channelNames: channels
            ).run(settings: settings)
            let (outcome, baseline) = (result.outcome, result.baseline)
            warn(
                "stream \(name): \(outcome.decision.verdict.rawValue) after \(request.throughReading) readings: "
                    + outcome.decision.reason)
            guard outcome.decision.verdict == .promoted, let candidate = outcome.candidate else {
                return refuse(request, outcome.decision.reason, baseline)
            }
            if candidate.fleet == nil { for choice in candidate.choices { warn("  \(choice)") } }
            refusal = nil
            let id = Int64(trainedModels.count + 1)
            trainedModels[id] = candidate
            if let reference = BaselineReference(candidate, trainedThrough: request.throughTime) {
                if request.reason == .newNormal { baselines[request.stream] = [] }
                baselines[request.stream, default: []].append(reference)
            }
            return TrainingResult(
                request: request, promoted: LiveModel(id: id, model: candidate), comparedWith: live?.id ?? 0,
                baseline: baseline)
        } catch {
            return refuse(request, "\(error)")
        }
    }

    private func refuse(
        _ request: TrainingRequest, _ reason: String, _ baseline: BaselineFinding? = nil
    ) -> TrainingResult {
        refusal = reason
        return TrainingResult(request: request, promoted: nil, reason: reason, baseline: baseline)
    }

    /// What was normal by the oldest version that counts and by the newest.
    private func references(for request: TrainingRequest) -> [BaselineReference] {
        let versions = baselines[request.stream] ?? []
        let start = request.throughTime.advanced(byNanoseconds: -BaselineMove.memory)
        guard let newest = versions.last else { return [] }
        let oldest = versions.last { $0.time <= start } ?? versions[0]
        return oldest.time == newest.time ? [newest] : [oldest, newest]
    }
}
