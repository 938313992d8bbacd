import AnomalyDetection
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
}
