import AnomalyDetection
import Foundation
import Storage
import Testing

struct ModelTests {
    private static func store() async throws -> (TemporaryDatabase, Store) {
        let database = try TemporaryDatabase()
        let store = try database.open()
        try await store.commit(.declaring(["pump", "fan"]))
        return (database, store)
    }

    private static func train(
        _ store: Store, stream: Int = 0, _ verdict: TrainingDecision.Verdict = .promoted, byte: UInt8 = 1
    ) async throws -> Int64 {
        try await store.insertTrainingRun(
            decision: TrainingDecision(
                verdict: verdict, reason: "because", trainedReadings: 300, excludedReadings: 20, heldOutReadings: 80,
                metrics: ["candidate_error": 0.5, "live_error": .nan]),
            request: sampleRequest(stream: stream, seed: .max), startedAt: .at(500), finishedAt: .at(501),
            model: verdict == .skipped ? nil : sampleModel(byte))
    }

    private static func statuses(_ store: Store) async throws -> [StoredModel.Status] {
        try await store.models().map(\.status)
    }

    @Test func `a model comes back as it was`() async throws {
        let (_, store) = try await Self.store()
        let id = try await Self.train(store, stream: 1, byte: 9)
        let model = try #require(try await store.model(id))
        #expect(model.stream == StreamID(1) && model.streamName == "fan" && model.version == 1)
        #expect(model.status == .scheduled && model.createdAt == .at(501))
        #expect(model.trainedFrom == .at(0) && model.trainedThrough == .at(400))
        #expect(model.effectiveFromReading == 420 && model.seed == .max)
        #expect(model.summary == "linear window model" && model.byteCount == 1_000)
        #expect(try await store.modelBlobs([id, 99]) == [sampleModel(9).blob, []])
    }

    @Test func `a promoted model waits, goes live, and gives way to the next`() async throws {
        let (_, store) = try await Self.store()
        let first = try await Self.train(store)
        #expect(try await Self.statuses(store) == [.scheduled])
        try await store.markLive(first)
        try await store.markLive(first)
        #expect(try await Self.statuses(store) == [.live])
        let second = try await Self.train(store)
        #expect(try await store.activeModels().map(\.id) == [first, second])
        #expect(try await store.activeModels(of: StreamID(0)).map(\.id) == [first, second])
        #expect(try await store.activeModels(of: StreamID(1)).isEmpty)
        var commit = StoreCommit()
        commit.liveModels = [second]
        try await store.commit(commit)
        #expect(try await Self.statuses(store) == [.superseded, .live])
    }

    @Test func `a model that was still waiting gives way to a newer one`() async throws {
        let (_, store) = try await Self.store()
        _ = try await Self.train(store)
        _ = try await Self.train(store)
        #expect(try await Self.statuses(store) == [.superseded, .scheduled])
    }

    @Test func `models of other streams are left alone`() async throws {
        let (_, store) = try await Self.store()
        try await store.markLive(Self.train(store, stream: 0))
        try await store.markLive(Self.train(store, stream: 1))
        #expect(try await Self.statuses(store) == [.live, .live])
        #expect(try await store.models(streamPattern: "p*").map(\.streamName) == ["pump"])
    }

    @Test func `a rejected candidate is kept and changes nothing`() async throws {
        let (_, store) = try await Self.store()
        try await store.markLive(Self.train(store))
        _ = try await Self.train(store, .rejected)
        #expect(try await Self.statuses(store) == [.live, .rejected])
        #expect(try await store.models().map(\.version) == [1, 2])
    }

    @Test func `who goes back to a version is not overtaken by a candidate that beat another`() async throws {
        let (_, store) = try await Self.store()
        let first = try await Self.train(store)
        try await store.markLive(first)
        let second = try await Self.train(store)
        try await store.markLive(second)
        _ = try await Self.train(store)
        try await store.markLive(first)
        #expect(try await Self.statuses(store) == [.live, .superseded, .superseded], "what was to follow gives way")
        // A training that began before ends now.
        try await store.insertTrainingRun(
            decision: TrainingDecision(verdict: .promoted, reason: "better"), request: sampleRequest(),
            startedAt: .at(500), finishedAt: .at(501), model: sampleModel(), comparedWith: second)
        #expect(try await Self.statuses(store).last == .rejected)
        let run = try #require(try await store.trainingRuns(limit: 1).first)
        #expect(run.decision.verdict == .rejected && run.decision.reason.contains("another version went live"))
        try await store.insertTrainingRun(
            decision: TrainingDecision(verdict: .promoted, reason: "better"), request: sampleRequest(),
            startedAt: .at(500), finishedAt: .at(501), model: sampleModel(), comparedWith: first)
        #expect(try await Self.statuses(store).last == .scheduled)
    }

    @Test func `normal is compared over a time, and begins anew with what people called normal`() async throws {
        let (database, store) = try await Self.store()
        func train(_ reason: TrainingRequest.Reason, day: Int) async throws -> Int64 {
            var (request, model) = (sampleRequest(), sampleModel())
            request.reason = reason
            model.trainedThrough = .at(day * 86_400)
            let id = try await store.insertTrainingRun(
                decision: TrainingDecision(verdict: .promoted, reason: "good"), request: request, startedAt: .at(1),
                finishedAt: .at(2), model: model)
            try await store.markLive(id)
            return id
        }
        func versions(day: Int) async throws -> [Int64] {
            try await store.versionsSinceNormal(
                of: StreamID(0), through: .at(day * 86_400), within: BaselineMove.memory
            ).map(\.id)
        }
        var ids: [Int64] = []
        for day in [0, 20, 25, 40] { ids.append(try await train(.schedule, day: day)) }
        _ = try await Self.train(store, .rejected)
        #expect(try await versions(day: 41) == ids, "the one of day 0 was live 30 days ago")
        #expect(try await versions(day: 50) == Array(ids.dropFirst()))
        #expect(try await versions(day: 60) == Array(ids.dropFirst(2)))
        ids.append(try await train(.newNormal, day: 61))
        #expect(try await versions(day: 62) == [ids[4]])
        ids.append(try await train(.schedule, day: 63))
        var alert = sampleAlert(from: 62 * 86_400)
        alert.kind = .baselineDrift
        alert.movedSince = .at(60 * 86_400)
        var commit = StoreCommit()
        commit.detection.transitions = [AlertTransition(kind: .fired, alert: alert)]
        try await store.commit(commit)
        #expect(try await store.alert(1)?.alert == alert)
        try database.execute("INSERT INTO feedback (alert_id, verdict) VALUES (1, 'confirmed')")
        #expect(try await versions(day: 64) == [ids[4], ids[5]])
        try database.execute("INSERT INTO feedback (alert_id, verdict) VALUES (1, 'new_normal')")
        #expect(try await versions(day: 64) == [ids[5]])
    }

    @Test func `a model that is not there cannot go live`() async throws {
        let (_, store) = try await Self.store()
        try await store.markLive(Self.train(store))
        await #expect(throws: StorageFailure.self) { try await store.markLive(77) }
        #expect(try await Self.statuses(store) == [.live])
    }

    @Test func `every decision is a row with its numbers`() async throws {
        let (database, store) = try await Self.store()
        let model = try await Self.train(store, .promoted)
        #expect(try await Self.train(store, .skipped) == 0)
        let runs = try await store.trainingRuns(limit: 10)
        #expect(runs.map(\.decision.verdict) == [.skipped, .promoted])
        #expect(runs.map(\.modelID) == [nil, model])
        let run = try #require(runs.last)
        #expect(run.request == sampleRequest(seed: .max))
        #expect(run.streamName == "pump" && run.modelVersion == 1)
        #expect(run.startedAt == .at(500) && run.finishedAt == .at(501))
        #expect(run.decision.trainedReadings == 300 && run.decision.excludedReadings == 20)
        #expect(run.decision.heldOutReadings == 80 && run.decision.reason == "because")
        #expect(run.decision.metrics["candidate_error"] == 0.5)
        #expect(run.decision.metrics["live_error"]?.isNaN == true)
        #expect(
            try database.value("SELECT metrics FROM training_runs LIMIT 1")
                == "{\"candidate_error\":0.5,\"live_error\":null}")
        #expect(try await store.trainingRuns(modelID: model, limit: 10).count == 1)
    }

    @Test func `what a model was fitted to comes back to the last bit, with its ledger`() async throws {
        let (database, store) = try await Self.store()
        let json = """
            {"channels":2,"fittedFromNs":1700000000000000000,"fittedThroughNs":1700000400000000001,"fittedReadings":401,
            "levelOffsets":[0.1,-1e-17],"levelOffsetsBeforeNs":1700000200000000000,"detector":"vae",
            "evidence":["foresight","rebuild"],"falseAlarms":0.3333333333333333,"falseAlarmPeriodNs":86400000000000,
            "predecessorChecksum":4294967295}
            """
        let recipe = try JSONDecoder().decode(TrainingRecipe.self, from: Data(json.utf8))
        let ledger = [
            TrainingExclusion(reason: .warmUp, times: .at(0)...(.at(14)), count: 15),
            TrainingExclusion(reason: .lossy, times: .at(50)...(.at(60)), count: 11),
            TrainingExclusion(reason: .confirmed, times: .at(90)...(.at(95)), count: 6),
        ]
        let live = try await Self.train(store)
        let id = try await store.insertTrainingRun(
            decision: TrainingDecision(verdict: .promoted, reason: "because"), request: sampleRequest(),
            startedAt: .at(1), finishedAt: .at(2), model: sampleModel(), exclusions: ledger, recipe: recipe,
            comparedWith: live)
        let found = try #require(try await store.recipe(ofModel: id))
        #expect(found.recipe == recipe && found.ledger == ledger && found.liveModelID == live)
        #expect(recipe.predecessorChecksum == .max)
        #expect(recipe.settings?.evidence == [.foresight, .rebuild])
        #expect(try await store.recipe(ofModel: live) == nil)
        #expect(try database.value("SELECT live_model_id FROM training_recipe") == "\(live)")
        #expect(
            try database.value("SELECT recipe ->> 'fitted_readings' FROM training_runs WHERE recipe IS NOT NULL")
                == "401")
        #expect(
            try database.rows("SELECT reason, readings FROM training_ledger ORDER BY from_epoch")
                == [["warm_up", "15"], ["lossy", "11"], ["confirmed", "6"]])
    }

    @Test func `a version that came back is scheduled, and the one that broke its budget is marked`() async throws {
        let (database, store) = try await Self.store()
        let first = try await Self.train(store)
        try await store.markLive(first)
        let second = try await Self.train(store)
        try await store.markLive(second)
        let plan = RollbackPlan(
            from: second, to: first, alerts: 4, since: .at(500), asked: 0.03, limit: 3, earlier: 0.5)
        var request = sampleRequest()
        (request.reason, request.rollback) = (.rollback, plan)
        try await store.insertRollback(plan, request: request, at: .at(900))
        #expect(try await Self.statuses(store) == [.scheduled, .live])
        #expect(try await store.models().map(\.withdrawnAt) == [nil, .at(900)])
        try await store.markLive(first)
        #expect(try await Self.statuses(store) == [.live, .superseded])
        let run = try #require(try await store.trainingRuns(limit: 1).first)
        #expect(run.request.reason == .rollback && run.modelID == first)
        #expect(run.decision.reason == plan.explanation && run.decision.metrics["first_day_alerts"] == 4)
        // The training of a model is not when it came back.
        #expect(try await store.trainingRuns(modelID: first, limit: 1).first?.request.reason == .schedule)
        #expect(
            try database.rows("SELECT version FROM models WHERE withdrawn_at IS NOT NULL") == [["2"]])
    }
}
