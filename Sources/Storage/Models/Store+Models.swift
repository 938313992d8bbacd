package import AnomalyDetection
internal import Foundation
internal import GRDB

extension Store {
    /// Stores a training and the model that came out of it, in one transaction.
    ///
    /// A promoted model is `scheduled` until ``StoreCommit/liveModels`` or ``markLive(_:)`` says that it scores; one that
    /// was scheduled before it is superseded. A rejected model is kept beside. One that was compared with a version which is not
    /// live any more, for somebody went back to another meanwhile, has not beaten the one that is: it is rejected.
    ///
    /// - Returns: the model's id; 0 where there is none.
    @discardableResult
    package func insertTrainingRun(
        decision: TrainingDecision, request: TrainingRequest, startedAt: Timestamp, finishedAt: Timestamp,
        model: TrainedModel?, exclusions: [TrainingExclusion] = [], recipe: TrainingRecipe? = nil,
        comparedWith: Int64? = nil
    ) async throws(StorageFailure) -> Int64 {
        try await write { db in
            var decision = decision
            if let comparedWith, decision.verdict == .promoted,
                try Self.liveModelID(of: request.stream, in: db) ?? 0 != comparedWith
            {
                decision.verdict = .rejected
                decision.reason = "another version went live while it was trained, which it was not compared with"
            }
            var modelID: Int64?
            if let model {
                modelID = try Self.insert(
                    model, request: request, verdict: decision.verdict, createdAt: finishedAt, in: db)
            }
            try db.execute(
                sql: """
                    INSERT INTO training_run (
                        stream_id, reason, verdict, explanation, through_ns, through_reading, seed, trained_readings,
                        excluded_readings, held_out_readings, metrics, started_ns, finished_ns, model_id)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    request.stream.rowID, request.reason.rawValue, decision.verdict.rawValue, decision.reason,
                    request.throughTime.nanoseconds, request.throughReading, Int64(bitPattern: request.seed),
                    decision.trainedReadings, decision.excludedReadings, decision.heldOutReadings,
                    try MetricText.encode(decision.metrics), startedAt.nanoseconds, finishedAt.nanoseconds, modelID,
                ])
            let run = db.lastInsertedRowID
            for exclusion in exclusions { try Self.insert(exclusion, run: run, in: db) }
            if let recipe {
                try db.execute(
                    sql: "INSERT INTO training_recipe (run_id, live_model_id, recipe) VALUES (?, ?, ?)",
                    arguments: [run, comparedWith == 0 ? nil : comparedWith, try RecipeText.encode(recipe)])
            }
            return modelID ?? 0
        }
    }

    private static func liveModelID(of stream: StreamID, in db: Database) throws -> Int64? {
        try Int64.fetchOne(
            db.cachedStatement(sql: "SELECT id FROM model WHERE stream_id = ? AND status = 'live'"),
            arguments: [stream.rowID])
    }

    private static func insert(_ exclusion: TrainingExclusion, run: Int64, in db: Database) throws {
        try db.cachedStatement(
            sql: "INSERT INTO training_exclusion (run_id, from_ns, through_ns, readings, reason) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [
            run, exclusion.times.lowerBound.nanoseconds, exclusion.times.upperBound.nanoseconds, exclusion.count,
            exclusion.reason.rawValue,
        ])
    }

    private static func insert(
        _ model: TrainedModel, request: TrainingRequest, verdict: TrainingDecision.Verdict, createdAt: Timestamp,
        in db: Database
    ) throws -> Int64 {
        let stream = request.stream.rowID
        let version =
            try Int.fetchOne(db, sql: "SELECT max(version) FROM model WHERE stream_id = ?", arguments: [stream]) ?? 0
        let status: StoredModel.Status = verdict == .promoted ? .scheduled : .rejected
        if status == .scheduled {
            try db.execute(
                sql: "UPDATE model SET status = 'superseded' WHERE stream_id = ? AND status = 'scheduled'",
                arguments: [stream])
        }
        try db.execute(
            sql: """
                INSERT INTO model (
                    stream_id, version, status, created_ns, trained_from_ns, trained_through_ns,
                    effective_from_reading, seed, description, blob, fleet_model_id)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                stream, version + 1, status.rawValue, createdAt.nanoseconds, model.trainedFrom.nanoseconds,
                model.trainedThrough.nanoseconds, request.effectiveFromReading, Int64(bitPattern: request.seed),
                model.summary, Data(model.blob), model.fleetModelID,
            ])
        return db.lastInsertedRowID
    }

    /// Makes a model its stream's live one; the one that was live is superseded, and so is one that was to follow it.
    ///
    /// Does nothing when the model is live already.
    package func markLive(_ modelID: Int64) async throws(StorageFailure) {
        let path = path
        try await write { db in try Self.makeLive(modelID, in: db, path: path) }
    }

    /// Makes a model its stream's live one, within a transaction.
    static func makeLive(_ modelID: Int64, in db: Database, path: String) throws {
        try db.cachedStatement(
            sql: """
                UPDATE model SET status = 'superseded'
                WHERE status IN ('live', 'scheduled') AND id <> ?1 AND stream_id = (SELECT stream_id FROM model WHERE id = ?1)
                """
        ).execute(arguments: [modelID])
        try db.cachedStatement(sql: "UPDATE model SET status = 'live' WHERE id = ?").execute(arguments: [modelID])
        guard db.changesCount == 1 else {
            throw StorageFailure.refused(path: path, cause: "there is no model \(modelID) to go live")
        }
    }

    /// The models that score or are about to, of one stream or of all in their order; for each stream a live one, a
    /// scheduled one, or both.
    package func activeModels(of stream: StreamID? = nil) async throws(StorageFailure) -> [StoredModel] {
        try await models(
            where: "m.status IN ('live', 'scheduled') AND (?1 IS NULL OR m.stream_id = ?1)",
            arguments: [stream?.rowID])
    }

    /// All models, or those of the streams whose name matches a pattern of `*`, `?` and `[...]`, oldest first.
    package func models(streamPattern: String? = nil) async throws(StorageFailure) -> [StoredModel] {
        try await models(where: "?1 IS NULL OR s.name GLOB ?1", arguments: [streamPattern])
    }

    /// The model with this id, if there is one.
    package func model(_ id: Int64) async throws(StorageFailure) -> StoredModel? {
        try await models(where: "m.id = ?", arguments: [id]).first
    }

    private func models(
        where condition: String, arguments: StatementArguments
    ) async throws(StorageFailure) -> [StoredModel] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT m.id, m.stream_id, s.name, m.version, m.status, m.created_ns, m.trained_from_ns,
                        m.trained_through_ns, m.effective_from_reading, m.seed, m.description, length(m.blob), w.withdrawn_ns,
                        m.fleet_model_id, f.stream_pattern
                    FROM model m JOIN stream s ON s.id = m.stream_id
                        LEFT JOIN model_withdrawal w ON w.model_id = m.id
                        LEFT JOIN fleet_model b ON b.id = m.fleet_model_id LEFT JOIN fleet f ON f.id = b.fleet_id
                    WHERE \(condition)
                    ORDER BY m.stream_id, m.version
                    """,
                arguments: arguments
            ).map(Self.model)
        }
    }

    private static func model(_ row: Row) -> StoredModel {
        StoredModel(
            id: row[0], stream: StreamID(rowID: row[1]), streamName: row[2], version: row[3],
            status: StoredModel.Status(rawValue: row[4]) ?? .rejected, createdAt: Timestamp(nanoseconds: row[5]),
            trainedFrom: Timestamp(nanoseconds: row[6]), trainedThrough: Timestamp(nanoseconds: row[7]),
            effectiveFromReading: row[8], seed: UInt64(bitPattern: row[9]), summary: row[10], byteCount: row[11],
            withdrawnAt: (row[12] as Int64?).map(Timestamp.init(nanoseconds:)), fleetModelID: row[13],
            fleetPattern: row[14])
    }

    /// The weights, normalizer and calibration of models, in the order of the ids; empty where there is no such model.
    package func modelBlobs(_ ids: [Int64]) async throws(StorageFailure) -> [[UInt8]] {
        try await read { db in
            let statement = try db.cachedStatement(sql: "SELECT blob FROM model WHERE id = ?")
            return try ids.map { id in
                [UInt8](try Data.fetchOne(statement, arguments: [id]) ?? Data())
            }
        }
    }

    /// The trainings of all streams, or of those whose name matches a pattern, the newest first, at most `limit`; with a model, the
    /// training that it came out of, not when it came back.
    package func trainingRuns(
        streamPattern: String? = nil, modelID: Int64? = nil, limit: Int
    ) async throws(StorageFailure) -> [TrainingRunRecord] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT t.id, s.name, t.stream_id, t.reason, t.verdict, t.explanation, t.through_ns,
                        t.through_reading, t.seed, t.trained_readings, t.excluded_readings, t.held_out_readings,
                        t.metrics, t.started_ns, t.finished_ns, t.model_id, m.version, m.effective_from_reading
                    FROM training_run t JOIN stream s ON s.id = t.stream_id LEFT JOIN model m ON m.id = t.model_id
                    WHERE (?1 IS NULL OR s.name GLOB ?1) AND (?2 IS NULL OR (t.model_id = ?2 AND t.reason <> 'rollback'))
                    ORDER BY t.id DESC LIMIT ?3
                    """,
                arguments: [streamPattern, modelID, limit]
            ).map(Self.trainingRun)
        }
    }

    private static func trainingRun(_ row: Row) throws -> TrainingRunRecord {
        TrainingRunRecord(
            id: row[0], streamName: row[1],
            request: TrainingRequest(
                stream: StreamID(rowID: row[2]), reason: TrainingRequest.Reason(rawValue: row[3]) ?? .command,
                throughTime: Timestamp(nanoseconds: row[6]), throughReading: row[7],
                effectiveFromReading: row[17] ?? row[7], seed: UInt64(bitPattern: row[8])),
            decision: TrainingDecision(
                verdict: TrainingDecision.Verdict(rawValue: row[4]) ?? .skipped, reason: row[5],
                trainedReadings: row[9], excludedReadings: row[10], heldOutReadings: row[11],
                metrics: try MetricText.decode(row[12])),
            startedAt: Timestamp(nanoseconds: row[13]), finishedAt: Timestamp(nanoseconds: row[14]),
            modelID: row[15], modelVersion: row[16])
    }
}
