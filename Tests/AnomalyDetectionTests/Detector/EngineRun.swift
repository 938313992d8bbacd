import AnomalyDetection
import VAE

/// A detector with all that a daemon puts around it: a history to train on, trainings that are carried out, and a store
/// from which another run can go on.
final class EngineRun {
    /// What came of one reading.
    struct Scored: Equatable {
        var time: Timestamp
        var values: [UInt64]
        var score: UInt32
        var sum: UInt32
        var threshold: UInt32
        var restraint: AlertRestraint?
        var modelID: Int64
        var isAlerting: Bool
        var isFiring: Bool
        /// The settled score; nil while the reading waits for it, and where it has none.
        var settled: UInt32?
    }

    let settings: DetectorSettings
    let training: TrainingSettings
    let engine: DetectionEngine
    /// For each stream its accepted readings in order.
    private(set) var rows: [[Scored]] = []
    /// Every alert as it was last told, by its number.
    private(set) var alerts: [Int64: Alert] = [:]
    /// All that was told, in order, without mere updates, of which there are more with more batches.
    private(set) var told: [AlertTransition] = []
    /// Every alert that settled scores placed, by its stream and start.
    private(set) var settledAlerts: [String: DetectionOutput.SettledAlert] = [:]
    private(set) var histories: [TrainingHistory] = []
    private(set) var requests: [TrainingRequest] = []
    /// All trainings that were ever asked for.
    private(set) var asked: [TrainingRequest] = []
    private(set) var decisions: [TrainingDecision] = []
    /// The ledgers of all trainings.
    private(set) var exclusions: [[TrainingExclusion]] = []
    /// Alerts that became normal because they lasted.
    private(set) var newNormals: [Alert] = []
    /// What rules held back.
    private(set) var ruleHolds: [DetectionOutput.RuleHold] = []
    /// What was said of each stream's readings.
    var labels: [Int: TrainingLabels] = [:]
    private(set) var live: [Int: LiveModel] = [:]
    private(set) var scheduled: [Int: LiveModel] = [:]
    /// Every model that was promoted, by its number.
    private(set) var models: [Int64: LiveModel] = [:]
    /// Every rollback that the engine asked for.
    private(set) var rollbacks: [RollbackPlan] = []
    /// Makes another model of one that was promoted, by the number of promotions before.
    var changesModel: (Int, StreamModel) -> StreamModel = { $1 }
    private(set) var lateCount = 0
    private var output = DetectionOutput()
    private var nextAlertID: Int64 = 1

    /// Whether trainings are carried out as soon as they are asked for; otherwise with ``train()``.
    var trainsAtOnce = true
    /// Whether a candidate must beat the live version; otherwise each takes over, which makes for more of what is tested.
    var comparesVersions = false

    /// Whether all streams share weights.
    let isFleet: Bool
    /// The requests for weights that were made, in order.
    private(set) var fleetRequests: [FleetRequest] = []
    /// How many of them were carried out.
    private var answeredFleets = 0
    /// The weights that came of them.
    private(set) var weights: [FleetModel] = []

    init(
        settings: DetectorSettings, training: TrainingSettings = .quick, nextAlertID: Int64 = 1, isFleet: Bool = false
    ) {
        self.settings = settings
        self.training = training
        self.nextAlertID = nextAlertID
        self.isFleet = isFleet
        let names = MachineKind.pump.channels.map(\.name)
        engine = DetectionEngine(
            settings: settings, nextAlertID: nextAlertID, streamName: { "pump-\($0.index + 1)" },
            fleetKey: { _ in isFleet ? FleetKey(pattern: "*", channels: names) : nil }, names: { _ in names })
    }

    /// Hands readings in as one batch, which arrives at a moment of the wall clock.
    func ingest(_ readings: some Sequence<SampleReading>, arrival: Timestamp? = nil) throws {
        engine.ingest(ReadingBatch(readings), arrival: arrival, into: &output)
        try carryOut()
    }

    /// Looks for streams that are silent at a moment of the wall clock.
    func checkSilence(at now: Timestamp) {
        engine.checkSilence(at: now, into: &output)
        note()
    }

    /// Takes in what was said of alerts.
    func take(_ verdicts: [AlertVerdict]) {
        engine.take(verdicts, into: &output)
        note()
    }

    /// Has an alert learned as normal, as somebody said.
    func learnNewNormal(of alert: Alert) throws {
        labels[alert.stream.index, default: TrainingLabels()].newNormalStart = alert.startedAt
        declaredNormals.append(alert.id)
        engine.learnNewNormal(of: alert, into: &output)
        try carryOut()
    }

    private var declaredNormals: [Int64] = []

    /// Ends the readings that are still being put together, and settles those that wait with what there is.
    func finish() throws {
        engine.completeReadings(into: &output)
        try carryOut()
        engine.settleWaiting(into: &output)
        note()
    }

    /// Asks for a training by command.
    func requestTraining() throws {
        engine.requestTraining(reason: .command, into: &output)
        try carryOut()
    }

    /// Hands in the result of a training that somebody else carried out.
    func install(_ result: TrainingResult) throws {
        requests.removeAll { $0 == result.request }
        engine.install(result, into: &output)
        try carryOut()
    }

    /// Goes to another model of a stream.
    func roll(backTo model: LiveModel) throws {
        engine.roll(StreamID(0), backTo: model, into: &output)
        try carryOut()
    }

    /// Carries out the trainings that were asked for.
    func train() throws {
        try trainWeights()
        while !requests.isEmpty {
            let request = requests.removeFirst()
            engine.install(try result(of: request), into: &output)
            note()
            try trainWeights()
        }
    }

    private func trainWeights() throws {
        while answeredFleets < fleetRequests.count {
            let request = fleetRequests[answeredFleets]
            let limit = FleetTrainer.historyLimit(memberCount: request.members.count, settings: settings)
            let members = request.members.map { member in
                let all = histories[member.stream.index]
                let end = (all.times.firstIndex { $0 > member.throughTime }) ?? all.count
                return FleetTrainer.Member(history: all[max(0, end - limit)..<end])
            }
            let outcome = try FleetTrainer(settings: settings, training: training).train(
                on: members, live: weights.last, version: request.version, seed: request.seed)
            answeredFleets += 1
            guard outcome.decision.verdict == .promoted, var model = outcome.model else { continue }
            model.id = Int64(model.version)
            weights.append(model)
        }
    }

    private func carryOut() throws {
        note()
        if trainsAtOnce { try train() }
    }

    private func note() {
        for row in output.rows {
            let values = output.values[row.valueStart..<(row.valueStart + row.valueCount)]
            while rows.count <= row.stream.index {
                rows.append([])
                histories.append(TrainingHistory(channelCount: MachineKind.channelCount))
            }
            var full = Array(values)
            full += Array(repeating: .nan, count: MachineKind.channelCount - full.count)
            histories[row.stream.index].times.append(row.time)
            histories[row.stream.index].values += full
            histories[row.stream.index].isAlerting.append(row.isAlerting)
            histories[row.stream.index].settledScores.append(.nan)
            rows[row.stream.index].append(scored(row, values: full))
        }
        for row in output.scoredLater {
            let stream = row.stream.index
            guard let index = rows[stream].lastIndex(where: { $0.time == row.time }) else { continue }
            histories[stream].isAlerting[index] = row.isAlerting
            var later = scored(row, values: [])
            later.values = rows[stream][index].values
            rows[stream][index] = later
        }
        for row in output.settled {
            guard let index = rows[row.stream.index].lastIndex(where: { $0.time == row.time }) else { continue }
            rows[row.stream.index][index].settled = row.score.bitPattern
            histories[row.stream.index].settledScores[index] = row.score
        }
        for alert in output.settledAlerts {
            settledAlerts["\(alert.stream.index) \(alert.startedAt.nanoseconds)"] = alert
        }
        for transition in output.transitions {
            alerts[transition.alert.id] = transition.alert
            nextAlertID = max(nextAlertID, transition.alert.id + 1)
            if transition.kind != .updated { told.append(transition) }
        }
        for id in output.adoptedModels {
            for (stream, model) in scheduled where model.id == id {
                live[stream] = model
                scheduled[stream] = nil
            }
        }
        newNormals += output.newNormals
        ruleHolds += output.ruleHolds
        for alert in output.newNormals {
            labels[alert.stream.index, default: TrainingLabels()].newNormalStart = alert.startedAt
        }
        requests += output.trainingRequests
        asked += output.trainingRequests
        fleetRequests += output.fleetRequests
        lateCount += output.lateCount
        output.removeAll()
    }

    private func scored(_ row: DetectionOutput.Row, values: [Double]) -> Scored {
        Scored(
            time: row.time, values: values.map { $0.isNaN ? UInt64.max : $0.bitPattern },
            score: row.score.isNaN ? .max : row.score.bitPattern, sum: row.sum.isNaN ? .max : row.sum.bitPattern,
            threshold: row.threshold.isNaN ? .max : row.threshold.bitPattern, restraint: row.restraint,
            modelID: row.modelID, isAlerting: row.isAlerting,
            isFiring: row.isFiring)
    }

    private func result(of request: TrainingRequest) throws -> TrainingResult {
        if let plan = request.rollback {
            rollbacks.append(plan)
            scheduled[request.stream.index] = models[plan.to]
            return TrainingResult(request: request, promoted: models[plan.to], reason: plan.explanation)
        }
        let all = histories[request.stream.index]
        let end = (all.times.firstIndex { $0 > request.throughTime }) ?? all.count
        let history = all[max(0, end - settings.historyReadings)..<end]
        let live = comparesVersions || request.fleet != nil ? engine.liveModel(of: request.stream) : nil
        var outcome = try StreamTraining(
            request: request, history: history, labels: currentLabels(of: request), live: live?.model,
            fleet: request.fleet.flatMap { reference in weights.last { $0.version <= reference.version } }
        ).run(settings: settings, training: training).outcome
        // Where versions are not compared, every candidate takes over; as a first model a later one might be refused.
        let isFirst = engine.liveModel(of: request.stream) == nil
        if !comparesVersions, !isFirst, outcome.candidate != nil, request.fleet == nil {
            outcome.decision.verdict = .promoted
        }
        decisions.append(outcome.decision)
        exclusions.append(outcome.exclusions)
        guard outcome.decision.verdict == .promoted, let candidate = outcome.candidate else {
            return TrainingResult(request: request, promoted: nil, reason: outcome.decision.reason)
        }
        // The number says what was trained when, so that it is the same whatever the order of streams was.
        let id = Int64(request.stream.index) * 1_000_000 + Int64(request.throughReading)
        let model = LiveModel(id: id, model: changesModel(models.count, candidate))
        models[id] = model
        scheduled[request.stream.index] = model
        return TrainingResult(request: request, promoted: model)
    }

    /// What was said, and for alerts that became normal what a database says of them by then.
    private func currentLabels(of request: TrainingRequest) -> TrainingLabels {
        var labels = labels[request.stream.index] ?? TrainingLabels()
        let normal = newNormals.map(\.id) + declaredNormals
        for id in normal {
            guard let alert = alerts[id], alert.stream == request.stream, alert.startedAt <= request.throughTime
            else { continue }
            labels.normal.append(alert.startedAt...max(alert.startedAt, alert.resolvedAt ?? request.throughTime))
        }
        return labels
    }

    // MARK: Stopping and going on

    /// A run that goes on from what a database would hold of this one, models and states read back from their bytes.
    ///
    /// `verdicts` were said while nothing ran.
    /// `ended` is a training whose result was stored and not yet taken.
    func resumed(verdicts: [AlertVerdict] = [], ended: TrainingRequest? = nil) throws -> EngineRun {
        if let ended { _ = try result(of: ended) }
        let next = EngineRun(settings: settings, training: training, nextAlertID: nextAlertID, isFleet: isFleet)
        next.asked = asked
        next.weights = try weights.map { try FleetBlob.decode(FleetBlob.encode($0), id: $0.id) }
        (next.fleetRequests, next.answeredFleets) = (fleetRequests, answeredFleets)
        let newest = try fleetRequests.last.map { try FleetBlob.decodeRequest(FleetBlob.encode($0)) }
        next.engine.restore(fleets: newest.map { [$0] } ?? [])
        (next.trainsAtOnce, next.comparesVersions) = (trainsAtOnce, comparesVersions)
        (next.rows, next.histories, next.alerts, next.told) = (rows, histories, alerts, told)
        next.settledAlerts = settledAlerts
        (next.live, next.scheduled) = (try live.mapValues(next.reread), try scheduled.mapValues(next.reread))
        next.decisions = decisions
        (next.models, next.rollbacks, next.changesModel) = (try models.mapValues(reread), rollbacks, changesModel)
        (next.exclusions, next.newNormals, next.labels) = (exclusions, newNormals, labels)
        next.declaredNormals = declaredNormals
        next.ruleHolds = ruleHolds
        for stream in rows.indices {
            let snapshot = try StreamSnapshot(decoding: engine.snapshot(of: StreamID(stream)).encoded())
            let count = histories[stream].count
            let needed = DetectionEngine.readingsToResume + snapshot.heldCount
            next.engine.resume(
                StreamID(stream), from: snapshot, readings: histories[stream][max(0, count - needed)..<count],
                live: next.live[stream], scheduled: next.scheduled[stream], into: &next.output)
        }
        next.engine.take(verdicts, into: &next.output)
        next.engine.goOn(into: &next.output)
        try next.carryOut()
        return next
    }

    private func reread(_ model: LiveModel) throws -> LiveModel {
        if let bytes = FleetBlob.encodeMember(model.model),
            let fleet = weights.first(where: { $0.id == model.model.fleet?.modelID })
        {
            return LiveModel(id: model.id, model: try FleetBlob.decodeMember(bytes, of: fleet))
        }
        return LiveModel(id: model.id, model: try ModelBlob.decode(ModelBlob.encode(model.model)))
    }
}

extension TrainingSettings {
    /// Few steps, for tests in which it does not matter how good the network is.
    static var quick: TrainingSettings {
        var settings = TrainingSettings()
        settings.stepCount = 60
        return settings
    }

    /// As few steps as give a network that is more than its closed form on a simulated pump.
    static var network: TrainingSettings {
        var settings = TrainingSettings()
        settings.stepCount = 400
        return settings
    }
}

extension DetectorSettings {
    /// Warm-up after 300 readings, and trainings every ten minutes of the readings' time. Alerts come and go quickly, so that a
    /// short sample has several.
    static var quick: DetectorSettings {
        var settings = DetectorSettings()
        settings.warmUpReadings = 300
        settings.retrainEvery = 600 * 1_000_000_000
        (settings.holdReadings, settings.keepFiringReadings, settings.coolDown) = (4, 32, 0)
        return settings
    }
}
